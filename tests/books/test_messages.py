"""Messages that were tried, and that no run will send."""

from collections.abc import Mapping

import pytest

from tests.books.conftest import Company
from tests.support.campaigns import FENCE
from tests.support.smtp import fake_mail_server
from workers.books.mending import NothingToMendError
from workers.services.smtp import smtp_transport
from workers.settings.base import MailSettings
from workers.store.outbox import Outbox, email_outbox, message_outbox
from workers.store.types import utc_now

EMAIL = {"recipient": "ada@example.com", "subject": "Your order", "body": "It is delivered."}
MESSAGE = {"campaign_id": "CMP-1", "user_id": "U1", "channel": "email", "address": "u1@example.com", "body": "Hello"}


async def tried(outbox: Outbox, key: str, content: Mapping[str, object]) -> None:
    """Record a message, and try it once in vain."""
    await outbox.claim(key, content)
    await outbox.release(key)


async def test_what_nobody_will_send_can_be_given_up(company: Company) -> None:
    await tried(email_outbox(company.store), "ORD-1/delivered", EMAIL)
    await tried(email_outbox(company.store), "payment/pay-1/returned", EMAIL)
    await tried(message_outbox(company.store), "CMP-1:U1", {**MESSAGE, "fence": FENCE, "granted_at": utc_now()})
    found = await company.findings()
    assert [(finding.item, finding.amount) for finding in found] == [
        ("email ORD-1/delivered", "1 attempt, and order-ORD-1 will not send it"),
        ("email payment/pay-1/returned", "1 attempt, and payment-pay-1 will not send it"),
        ("message CMP-1:U1", "1 attempt, and campaign-CMP-1 will not send it"),
    ]
    for finding in found:
        await company.mending.give_up_message(finding.item.partition(" ")[2])
    assert await company.findings() == []


async def test_an_email_is_sent_as_it_was_recorded(company: Company) -> None:
    await tried(email_outbox(company.store), "ORD-1/delivered", EMAIL)
    assert (await company.finding()).mend == "uv run tconsole mend message -- ORD-1/delivered"
    async with fake_mail_server() as mail:
        settings = MailSettings(smtp_host="127.0.0.1", smtp_port=mail.port, smtp_starttls=False)
        smtp = smtp_transport(settings)
        assert smtp is not None
        await company.mending.send_email("ORD-1/delivered", smtp)
        assert [message["subject"] for message in mail.messages] == ["Your order"]
        with pytest.raises(NothingToMendError):
            await company.mending.send_email("ORD-1/delivered", smtp)
    assert await company.findings() == []


async def test_what_a_running_order_will_send_has_an_owner(company: Company) -> None:
    request = await company.shop.paid()
    await tried(email_outbox(company.store), f"{request.order_id}/delivered", EMAIL)
    await email_outbox(company.store).record("ORD-1/delivered", EMAIL)  # without a mail server
    assert await company.findings() == []
