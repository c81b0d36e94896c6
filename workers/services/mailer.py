"""Messages to customers: recorded in the store; e-mails are sent if there is a mail server."""

from collections.abc import Mapping
from functools import partial

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import RowMapping
from temporalio.exceptions import ApplicationError

from workers.services.delivery import Attempt, RejectedError, deliver_once
from workers.services.smtp import OutgoingEmail, SmtpTransport
from workers.store.outbox import Outbox
from workers.store.phone import PhoneNumber

PHONE: TypeAdapter[str] = TypeAdapter(PhoneNumber)


class StoreMailer:
    """The port `Mailer`.

    Without a mail server its e-mails stay in the outbox. An SMS counts as sent there, as one of a campaign does.
    """

    def __init__(self, outbox: Outbox, smtp: SmtpTransport | None) -> None:
        self._outbox = outbox
        self._smtp = smtp

    async def send(self, *, message_key: str, to: str, subject: str, body: str) -> None:
        """Send a plain-text e-mail, or an SMS to a telephone number; a known ``message_key`` sends nothing again.

        Raises:
            ApplicationError: of type ``Undeliverable`` and not retryable if the address is refused for good.
            Exception: see `deliver_once`.
        """
        content = {"recipient": to, "subject": subject, "body": body}
        if to.startswith("+"):
            _check_phone(to)
            await self._outbox.record(message_key, content, sent=True)
            return
        if self._smtp is None:
            await self._outbox.record(message_key, content)
            return
        try:
            await deliver_once(self._outbox, message_key, content, partial(_send, self._smtp))
        except RejectedError as error:
            raise ApplicationError(str(error), type="Undeliverable", non_retryable=True) from error


def _check_phone(number: str) -> None:
    try:
        PHONE.validate_python(number)
    except ValidationError as error:
        text = f"{number!r} is not a telephone number"
        raise ApplicationError(text, type="Undeliverable", non_retryable=True) from error


async def _send(smtp: SmtpTransport, row: RowMapping, attempt: Attempt) -> Mapping[str, object]:
    email = OutgoingEmail(row["message_key"], row["recipient"], row["subject"], row["body"], row["created_at"])
    await smtp.send(email, attempt)
    return {}
