"""E-mails that go along with another step: one activity less, and never at the cost of the step or of the e-mail."""

import asyncio
from datetime import timedelta

import pytest

from tests.support.orders import Shop, texts
from workflows.orders.activity_models import SendEmail
from workflows.orders.customer import enclosing
from workflows.orders.customer.enclosing import EnclosedMail
from workflows.orders.models import OrderRequest
from workflows.orders.ports import CaptureRefusedError

EMAIL = SendEmail(message_key="ORD-1/paid", to="ada@example.com", subject="Thank you", body="We have it.")


async def activities(shop: Shop, request: OrderRequest) -> list[str]:
    """Return the activities that the order has asked for, by name."""
    history = await shop.handle(request).fetch_history()
    names = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    return [name for name in names if name]


async def test_a_plain_order_takes_four_activities(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request)
    told = [text for text in texts(await shop.ended(request)) if text.startswith("e-mail")]
    assert await activities(shop, request) == ["open_order", "record_capture", "create_parcel", "send_emails"]
    assert told == ["e-mail: please pay", "e-mail: paid", "e-mail: shipped", "e-mail: delivered"]
    assert len(shop.world.mailer.sent) == 4


async def test_what_does_not_go_out_with_a_step_is_sent_by_itself(shop: Shop) -> None:
    shop.world.faults.fail("send", 1)
    request = await shop.start()
    shop.world.faults.fail("send", 1)
    await shop.pay(request)
    view = await shop.ended(request)
    assert (await activities(shop, request)).count("send_emails") == 3
    assert [key.rpartition("/")[2] for key in shop.world.mailer.sent] == ["please-pay", "paid", "shipped", "delivered"]
    assert not [text for text in texts(view) if "sent:" in text]


async def test_nobody_is_thanked_for_money_that_was_never_captured(shop: Shop) -> None:
    request = await shop.start()
    shop.world.faults.down("record_capture", error=CaptureRefusedError("pay", "it is unknown"))
    await shop.pay(request)
    await shop.until(request, lambda view: bool(view.refusals))
    assert [key.rpartition("/")[2] for key in shop.world.mailer.sent] == ["please-pay"]


async def test_a_slow_mail_server_holds_no_step_up_and_its_attempt_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosing, "WITHIN", timedelta(milliseconds=1))
    answered, sent = asyncio.Event(), []

    class SlowMailer:
        async def send(self, *, message_key: str, to: str, subject: str, body: str) -> None:  # noqa: ARG002 - the port's
            await answered.wait()
            sent.append(message_key)

    mail = EnclosedMail(SlowMailer())
    assert not await mail.send(EMAIL)
    answered.set()
    assert await mail.send(EMAIL)
    assert sent == [EMAIL.message_key] * 2, "the first attempt was cancelled"
