"""Sending e-mails through a mail server."""

import asyncio
import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

import aiosmtplib
from email_validator import EmailNotValidError, validate_email

from workers.services.delivery import RejectedError
from workers.settings.base import MailSettings

SMTP_SECONDS = 20
"""How long a mail server may take for one e-mail, all in all."""

QUIT_SECONDS = 2
"""How long to wait for the server's goodbye, after it has taken the e-mail."""

IMPLICIT_TLS_PORT = 465
"""The port of RFC 8314 where the connection is encrypted from its first byte."""

PERMANENT = 500
"""Answers of a mail server from here on will not change when asked again."""


@dataclass(frozen=True)
class Email:
    """One plain-text e-mail. The same key gives the same Message-ID, by which receivers drop a second copy."""

    key: str
    to: str
    subject: str
    body: str
    written_at: datetime


class SmtpTransport:
    """A mail server. Every e-mail gets a connection of its own."""

    def __init__(self, settings: MailSettings, host: str) -> None:
        self._settings = settings
        self._host = host

    async def send(self, email: Email) -> None:
        """Hand the e-mail to the mail server; return when the server has taken it.

        Raises:
            RejectedError: the address is none, or the server refused it for good; the e-mail did not go out.
            aiosmtplib.SMTPException, OSError: no answer, or one that may change; it may even have gone out.
        """
        message = _message(email, sender=self._settings.mail_from)
        server = self._connection()
        try:
            async with asyncio.timeout(SMTP_SECONDS):
                await server.connect()
                await server.send_message(message)
            with suppress(aiosmtplib.SMTPException):
                await server.quit(timeout=QUIT_SECONDS)
        except aiosmtplib.SMTPRecipientsRefused as error:
            _raise_if_permanent(error.recipients[0])
            raise
        except aiosmtplib.SMTPDataError as error:
            _raise_if_permanent(error)
            raise
        except aiosmtplib.SMTPNotSupported as error:
            raise RejectedError(f"the mail server cannot send to {email.to}: {error}") from error
        finally:
            # At once, when the attempt failed or was cancelled: a polite end would wait for a server that is silent.
            server.close()

    def _connection(self) -> aiosmtplib.SMTP:
        settings = self._settings
        at_once = settings.smtp_starttls and settings.smtp_port == IMPLICIT_TLS_PORT
        password = settings.smtp_password
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            use_tls=at_once,
            start_tls=settings.smtp_starttls and not at_once,
            timeout=SMTP_SECONDS,
        )


def smtp_transport(settings: MailSettings) -> SmtpTransport | None:
    """Return the mail server of the settings, or None when there is none."""
    return SmtpTransport(settings, settings.smtp_host) if settings.smtp_host else None


def email_address(text: str) -> str:
    """Return the address as it is written to a mail server: one address, and nothing else.

    Raises:
        RejectedError: it is none.
    """
    try:
        address = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        raise RejectedError(f"{text!r} is not an e-mail address: {error}") from error
    return address.ascii_email or address.normalized


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID that goes with a key."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _message(email: Email, *, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    local_part, _, domain = email_address(email.to).rpartition("@")
    message["To"] = Address(username=local_part, domain=domain)
    # One line, whatever it was made of: a line break in it would start another header.
    message["Subject"] = _printable(" ".join(email.subject.split()))
    message["Date"] = email.written_at
    message["Message-ID"] = message_id(email.key, sender)
    # No answers from out-of-office robots.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(_printable(line) for line in email.body.splitlines()))
    return message


def _printable(line: str) -> str:
    return "".join(character for character in line if unicodedata.category(character) != "Cc")


def _raise_if_permanent(error: aiosmtplib.SMTPResponseException) -> None:
    if error.code >= PERMANENT:
        raise RejectedError(f"the mail server refused it: {error.code} {error.message}") from error
