"""The built-in message provider of campaigns: its outbox, and a mail server for e-mails when there is one."""

from collections.abc import Mapping
from functools import partial

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import RowMapping

from workers.services.delivery import RejectedError, deliver_once
from workers.services.smtp import Email, SmtpTransport, email_address
from workers.store.outbox import Outbox
from workers.store.phone import PhoneNumber
from workflows.campaigns.models import Channel
from workflows.campaigns.ports import Message, RejectedByProviderError

PHONE: TypeAdapter[str] = TypeAdapter(PhoneNumber)


class StoreMessageProvider:
    """The provider of the campaigns system (port `MessageProvider`).

    SMS, push, and e-mail without a mail server, count as sent when they are in the outbox: nothing else is connected.
    """

    def __init__(self, outbox: Outbox, smtp: SmtpTransport | None) -> None:
        self._outbox = outbox
        self._smtp = smtp

    async def send(self, message: Message) -> None:
        """Send it once: a known ``send_id`` sends nothing again, and keeps its first wording.

        Raises:
            RejectedByProviderError: the address is none, or was refused for good.
            ApplicationError: of type ``BeingSent``, when another attempt is at it.
            KeyConflictError: the ID is known with another campaign, user or channel.
            Exception: it may or may not have gone out; to be tried again.
        """
        content = {
            "campaign_id": message.campaign_id,
            "user_id": message.user_id,
            "channel": message.channel.value,
            "address": message.address,
            "subject": message.subject,
            "body": message.body,
        }
        try:
            _check_address(message)
            if message.channel is Channel.EMAIL and self._smtp is not None:
                await deliver_once(self._outbox, message.send_id, content, partial(_hand_over, self._smtp))
            else:
                await self._outbox.record(message.send_id, content, sent=True)
        except RejectedError as error:
            raise RejectedByProviderError(str(error)) from error


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


async def _hand_over(smtp: SmtpTransport, row: RowMapping) -> Mapping[str, object]:
    await smtp.send(Email(row["send_id"], row["address"], row["subject"] or "", row["body"], row["created_at"]))
    return {}
