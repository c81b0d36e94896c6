"""Campaign messages."""

import asyncio
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select, update

from tests.support.campaigns import FENCE
from tests.support.smtp import FakeMailServer
from workers.services.message_provider import StoreMessageProvider
from workers.services.smtp import smtp_transport
from workers.settings.base import MailSettings
from workers.store.engine import Store
from workers.store.errors import KeyConflictError
from workers.store.outbox import message_outbox
from workers.store.schema import messages
from workers.store.types import utc_now
from workflows.campaigns.models import Channel
from workflows.campaigns.ports import Message, RejectedByProviderError, UnclearSendError

SALE = Message("SALE:U1", "SALE", "U1", Channel.EMAIL, "u1@example.com", "Sale", "Now.", utc_now(), FENCE)
ADDRESSES = {Channel.EMAIL: "u1@example.com", Channel.SMS: "+12025550101", Channel.PUSH: "U1"}


@pytest.fixture
def provider(store: Store) -> StoreMessageProvider:
    """Give a provider without a mail server."""
    return StoreMessageProvider(message_outbox(store), None)


async def count(store: Store) -> int:
    return int(await store.read(Connection.scalar, select(func.count()).select_from(messages)))


@pytest.mark.parametrize("channel", list(Channel))
async def test_a_message_is_kept_once(store: Store, provider: StoreMessageProvider, channel: Channel) -> None:
    message = replace(SALE, channel=channel, address=ADDRESSES[channel])
    await asyncio.gather(*(provider.send(message) for _ in range(10)))
    row = await message_outbox(store).find("SALE:U1")
    assert row is not None
    assert (row["channel"], row["address"], row["body"]) == (channel.value, ADDRESSES[channel], "Now.")
    assert row["sent_at"] is not None
    assert await count(store) == 1


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (Channel.EMAIL, "nobody"),
        (Channel.EMAIL, ""),
        (Channel.EMAIL, "a@example.com\nBcc: b@example.com"),
        (Channel.SMS, "555"),
        (Channel.SMS, "+1 (202) 555-0101"),
        (Channel.SMS, "+12025550101\n+12025550102"),
        (Channel.PUSH, " "),
    ],
)
async def test_an_address_that_is_none_is_rejected_and_nothing_kept(
    store: Store, provider: StoreMessageProvider, channel: Channel, address: str
) -> None:
    with pytest.raises(RejectedByProviderError):
        await provider.send(replace(SALE, channel=channel, address=address))
    assert await count(store) == 0


async def test_an_id_for_another_message_is_a_clear_error(provider: StoreMessageProvider) -> None:
    await provider.send(SALE)
    with pytest.raises(KeyConflictError, match="SALE:U1 is known with user_id U1, not U2"):
        await provider.send(replace(SALE, user_id="U2"))


async def test_e_mails_go_through_the_mail_server(
    store: Store, mail_server: FakeMailServer, mail_settings: MailSettings
) -> None:
    provider = StoreMessageProvider(message_outbox(store), smtp_transport(mail_settings))
    await provider.send(SALE)
    await provider.send(SALE)
    await provider.send(replace(SALE, send_id="SALE:U2", subject=None))
    await provider.send(replace(SALE, send_id="SALE:U3", channel=Channel.SMS, address="+12025550101"))
    assert [message["Subject"] for message in mail_server.messages] == ["Sale", ""]
    assert mail_server.messages[0].get_content().strip() == "Now."
    assert await count(store) == 3


async def test_an_e_mail_with_html_has_the_text_first(
    store: Store, mail_server: FakeMailServer, mail_settings: MailSettings
) -> None:
    provider = StoreMessageProvider(message_outbox(store), smtp_transport(mail_settings))
    html = f"<p\tid=a>Now é</p>{'x' * 5_000}"
    await provider.send(replace(SALE, body="Now é.", html=html))
    [message] = mail_server.messages
    assert message.get_content_type() == "multipart/alternative"
    parts = [
        (part.get_content_type(), part.get_content().strip()) for part in message.walk() if not part.is_multipart()
    ]
    assert parts == [("text/plain", "Now é."), ("text/html", html.replace("\t", " "))]
    row = await message_outbox(store).find("SALE:U1")
    assert row is not None
    assert row["html"] is None


async def test_the_one_click_headers_are_as_mail_programs_read_them(
    store: Store, mail_server: FakeMailServer, mail_settings: MailSettings
) -> None:
    provider = StoreMessageProvider(message_outbox(store), smtp_transport(mail_settings))
    url = f"https://mail.example.com/unsubscribe?t={'gAAAAAB_-=' * 60}"
    await provider.send(replace(SALE, unsubscribe_url=url))
    await provider.send(replace(SALE, send_id="SALE:U2"))
    raw, other = mail_server.contents
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"List-Unsubscribe" not in other


async def test_an_address_with_odd_dots_is_sent_to(
    store: Store, mail_server: FakeMailServer, mail_settings: MailSettings
) -> None:
    provider = StoreMessageProvider(message_outbox(store), smtp_transport(mail_settings))
    await provider.send(replace(SALE, address="try..this.@docomo.ne.jp"))
    assert mail_server.accepted[0].rcpt_tos == ["try..this.@docomo.ne.jp"]
    assert mail_server.recipients == ['TO:<"try..this."@docomo.ne.jp>']


async def test_what_the_mail_server_refuses_for_good_is_rejected_again_without_asking(
    store: Store, mail_server: FakeMailServer, mail_settings: MailSettings
) -> None:
    provider = StoreMessageProvider(message_outbox(store), smtp_transport(mail_settings))
    mail_server.refuse_recipient = ["550 no such user"]
    for _ in range(2):
        with pytest.raises(RejectedByProviderError, match="550 no such user"):
            await provider.send(SALE)
    assert mail_server.accepted == []


async def test_a_message_whose_worker_died_while_sending_is_not_sent_again(
    store: Store, mail_server: FakeMailServer, mail_settings: MailSettings
) -> None:
    outbox = message_outbox(store)
    await outbox.claim(SALE.send_id, {**asdict(SALE), "channel": SALE.channel.value, "fence": FENCE})
    ran_out = update(messages).values(claimed_until=utc_now() - timedelta(seconds=1))
    await store.write(Connection.execute, ran_out)
    provider = StoreMessageProvider(outbox, smtp_transport(mail_settings))
    for _ in range(2):
        with pytest.raises(UnclearSendError, match="its worker ended while sending it"):
            await provider.send(SALE)
    assert mail_server.accepted == []
