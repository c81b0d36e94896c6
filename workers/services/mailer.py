"""E-mail to customers: kept in the store, and sent when there is a mail server."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import RowMapping
from temporalio.exceptions import ApplicationError

from workers.services.delivery import RejectedError, deliver_once
from workers.services.smtp import Email, SmtpTransport
from workers.store.outbox import Outbox


class StoreMailer:
    """The mailer of the orders system (port `Mailer`). Without a mail server its e-mails stay in the outbox."""

    def __init__(self, outbox: Outbox, smtp: SmtpTransport | None) -> None:
        self._outbox = outbox
        self._smtp = smtp

    async def send(self, *, message_key: str, to: str, subject: str, body: str) -> None:
        """Send a plain-text e-mail; a known ``message_key`` sends nothing again, and keeps its first wording.

        Raises:
            ApplicationError: of type ``Undeliverable``, and not to be retried, when the address is refused for good;
                of type ``BeingSent`` when another attempt is at it.
            KeyConflictError: the key is known with another recipient.
            Exception: the mail server did not take it; to be tried again.
        """
        content = {"recipient": to, "subject": subject, "body": body}
        if self._smtp is None:
            await self._outbox.record(message_key, content)
            return
        try:
            await deliver_once(self._outbox, message_key, content, partial(_hand_over, self._smtp))
        except RejectedError as error:
            raise ApplicationError(str(error), type="Undeliverable", non_retryable=True) from error


async def _hand_over(smtp: SmtpTransport, row: RowMapping) -> Mapping[str, object]:
    await smtp.send(Email(row["message_key"], row["recipient"], row["subject"], row["body"], row["created_at"]))
    return {}
