"""The built-in message provider of campaigns: an outbox, and a mail server for e-mails if there is one."""

from collections.abc import Mapping
from dataclasses import fields
from functools import partial

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import RowMapping

from workers.services.delivery import Attempt, RejectedError, UnclearError, deliver_once
from workers.services.smtp import OutgoingEmail, SmtpTransport, email_address
from workers.store.outbox import Outbox
from workers.store.phone import PhoneNumber
from workflows.campaigns.models import Channel
from workflows.campaigns.ports import Message, RejectedByProviderError, UnclearSendError

PHONE: TypeAdapter[str] = TypeAdapter(PhoneNumber)


class StoreMessageProvider:
    """The port `MessageProvider`.

    SMS, push, and e-mail without a mail server count as sent once they are in the outbox: nothing else is connected.
    """

    def __init__(self, outbox: Outbox, smtp: SmtpTransport | None) -> None:
        self._outbox = outbox
        self._smtp = smtp

    async def send(self, message: Message) -> None:
        """Send it; a known ``send_id`` sends nothing again.

        Raises:
            RejectedByProviderError: the address is invalid, or was refused for good.
            UnclearSendError: it may have gone out, and is not sent again.
            StaleGrantError: it must be granted anew.
            Exception: see `deliver_once`.
        """
        content = {field.name: getattr(message, field.name) for field in fields(message) if field.name != "send_id"}
        content |= {"channel": message.channel.value, "tags": list(message.tags)}
        by_mail = message.channel is Channel.EMAIL and self._smtp is not None
        if by_mail:  # it is large, and nobody needs it from the outbox
            del content["html"], content["unsubscribe_url"]
        try:
            _check_address(message)
            if by_mail and self._smtp is not None:
                send = partial(_send, self._smtp, message)
                await deliver_once(self._outbox, message.send_id, content, send)
            else:
                await self._outbox.record(message.send_id, content, sent=True)
        except RejectedError as error:
            raise RejectedByProviderError(str(error), error.bounce) from error
        except UnclearError as error:
            raise UnclearSendError(str(error)) from error


def _check_address(message: Message) -> None:
    match message.channel:
        case Channel.EMAIL:
            email_address(message.address)
        case Channel.SMS:
            try:
                PHONE.validate_python(message.address)
            except ValidationError as error:
                raise RejectedError(f"{message.address!r} is not an international telephone number") from error
        case Channel.PUSH:
            if not message.address.strip():
                raise RejectedError(f"user {message.user_id} has no address for push messages")


async def _send(smtp: SmtpTransport, message: Message, row: RowMapping, attempt: Attempt) -> Mapping[str, object]:
    email = OutgoingEmail(
        key=row["send_id"],
        to=row["address"],
        subject=row["subject"] or "",
        body=row["body"],
        written_at=row["created_at"],
        html=message.html,
        unsubscribe_url=message.unsubscribe_url,
    )
    await smtp.send(email, attempt)
    return {}
