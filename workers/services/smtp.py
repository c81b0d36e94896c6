"""E-mail through a mail server."""

import asyncio
import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import parseaddr
from typing import Any, cast

import aiosmtplib
from typing_extensions import override

from workers.services.bounces import bounce_kind
from workers.services.delivery import Attempt, RejectedError
from workers.settings.base import MailSettings
from workers.store.mail_address import smtp_address

SMTP_SECONDS = 20
"""Timeout of everything before the e-mail itself, and of each command."""

ACCEPT_SECONDS = 40
"""Timeout of the server's answer to the e-mail, which may go out without one. RFC 5321 (4.5.3.2.6): ten minutes."""

QUIT_SECONDS = 2
"""Timeout of QUIT, after the server has accepted the e-mail."""

IMPLICIT_TLS_PORT = 465
"""The port of RFC 8314, where the connection is encrypted from its first byte."""

MAX_HEADER_URL = 950
"""Characters: a line of an e-mail has 998 at most (RFC 5322, 2.1.1). Only IDs of 200 Chinese characters need more."""


class _UrlHeader(UnstructuredHeader):
    """A URL in one line. The standard library would encode a long one as words (RFC 2047), which nobody decodes."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Return the header as it is."""
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("list-unsubscribe", cast("type[BaseHeader]", _UrlHeader))
WITH_URLS = EmailPolicy(header_factory=HEADERS)

PERMANENT = 500
"""Reply codes from here on are permanent failures."""


@dataclass(frozen=True)
class OutgoingEmail:
    """One e-mail, perhaps with HTML. The same key gives the same Message-ID, by which receivers drop duplicates."""

    key: str
    to: str
    subject: str
    body: str
    written_at: datetime
    html: str | None = None
    unsubscribe_url: str | None = None


class _Connection(aiosmtplib.SMTP):
    """Says when the e-mail itself is handed over: from then on it may go out."""

    attempt: Attempt

    @override
    async def data(self, message: str | bytes, /, **options: Any) -> aiosmtplib.SMTPResponse:
        """Hand the e-mail over. Without an answer it may have gone out; a refusal is an answer."""
        self.attempt.unclear = True
        try:
            async with asyncio.timeout(ACCEPT_SECONDS):
                return await super().data(message, **{**options, "timeout": ACCEPT_SECONDS})
        except aiosmtplib.SMTPDataError:
            self.attempt.unclear = False
            raise


class SmtpTransport:
    """A mail server. Every e-mail gets a connection of its own."""

    def __init__(self, settings: MailSettings, host: str) -> None:
        self._settings = settings
        self._host = host

    async def send(self, email: OutgoingEmail, attempt: Attempt | None = None) -> None:
        """Send the e-mail; return when the server has accepted it. ``attempt`` says whether a failure is unclear.

        Raises:
            RejectedError: the address is invalid, or the server refused it for good.
            aiosmtplib.SMTPException, OSError: no answer, or a temporary failure; it may even have gone out.
        """
        to = email_address(email.to)
        message = _message(email, to, sender=self._settings.mail_from)
        server = self._connection()
        server.attempt = attempt or Attempt()
        try:
            async with asyncio.timeout(SMTP_SECONDS):
                await server.connect()
            # Not the header's recipients, which lose the quotes of an odd local part.
            await server.send_message(message, recipients=[to])
            with suppress(aiosmtplib.SMTPException):
                await server.quit(timeout=QUIT_SECONDS)
        except aiosmtplib.SMTPRecipientsRefused as error:
            _raise_if_permanent(error.recipients[0], to_recipient=True)
            raise
        except aiosmtplib.SMTPDataError as error:
            _raise_if_permanent(error)
            raise
        except aiosmtplib.SMTPNotSupported as error:
            raise RejectedError(f"the mail server cannot send to {email.to}: {error}") from error
        finally:
            # Without QUIT if the attempt failed or was cancelled: a silent server would delay the end.
            server.close()

    async def check(self) -> None:
        """Connect and log in, as for an e-mail, and send none.

        Raises:
            aiosmtplib.SMTPException, OSError: no answer, or a refusal.
        """
        server = self._connection()
        try:
            await server.connect()
            with suppress(aiosmtplib.SMTPException):
                await server.quit(timeout=QUIT_SECONDS)
        finally:
            server.close()

    def _connection(self) -> _Connection:
        settings = self._settings
        at_once = settings.smtp_starttls and settings.smtp_port == IMPLICIT_TLS_PORT
        password = settings.smtp_password
        return _Connection(
            hostname=self._host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            use_tls=at_once,
            start_tls=settings.smtp_starttls and not at_once,
            timeout=SMTP_SECONDS,
        )


def smtp_transport(settings: MailSettings) -> SmtpTransport | None:
    """Return the mail server of the settings, if there is one."""
    return SmtpTransport(settings, settings.smtp_host) if settings.smtp_host else None


def email_address(text: str) -> str:
    """Return the text as one address for a mail server.

    Raises:
        RejectedError: it is not one address.
    """
    try:
        return smtp_address(text)
    except ValueError as error:
        raise RejectedError(f"{text!r} is not an e-mail address: {error}") from error


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID that goes with a key."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _message(email: OutgoingEmail, to: str, *, sender: str) -> EmailMessage:
    message = EmailMessage(policy=WITH_URLS)
    message["From"] = sender
    local_part, _, domain = to.rpartition("@")
    # An `Address` would quote the quotes.
    message["To"] = to if local_part.startswith('"') else Address(username=local_part, domain=domain)
    # One line: a line break would start another header.
    message["Subject"] = _printable(" ".join(email.subject.split()))
    message["Date"] = email.written_at
    message["Message-ID"] = message_id(email.key, sender)
    # Suppresses out-of-office replies.
    message["Auto-Submitted"] = "auto-generated"
    if email.unsubscribe_url is not None and len(email.unsubscribe_url) <= MAX_HEADER_URL:
        message["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(_printable_lines(email.body))
    if email.html is not None:
        # Last, since mail programs show the last part that they can (RFC 2046, 5.1.4).
        message.add_alternative(_printable_lines(email.html), subtype="html")
    return message


def _printable_lines(text: str) -> str:
    return "\n".join(_printable(line) for line in text.splitlines())


def _printable(line: str) -> str:
    # Between two words, as between the attributes of a tag.
    line = line.replace("\t", " ")
    return "".join(character for character in line if unicodedata.category(character) != "Cc")


def _raise_if_permanent(error: aiosmtplib.SMTPResponseException, *, to_recipient: bool = False) -> None:
    if error.code >= PERMANENT:
        bounce = bounce_kind(error.code, error.message, to_recipient=to_recipient)
        raise RejectedError(f"the mail server refused it: {error.code} {error.message}", bounce) from error
