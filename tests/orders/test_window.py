"""The payment window: its end, its reminder, and an operator who gives the customer more time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from temporalio.testing import WorkflowEnvironment

from tests.support.orders import DAY, HOUR, Shop, action, open_shop, payment, stocked, texts
from workflows.orders.models import ExtendPaymentWindow, OrderRequest, OrderStatus, PaymentStatus
from workflows.orders.payments.records import Deadline
from workflows.orders.views.models import OrderView
from workflows.shared import summary
from workflows.shared.errors import ClosedError, RefusedError

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


async def extend(shop: Shop, request: OrderRequest, seconds: int) -> OrderView:
    more = ExtendPaymentWindow(seconds=seconds, by="ana", reason="the bank is slow")
    return await shop.orders.extend_payment_window(request.order_id, more)


def reminders(shop: Shop) -> list[str]:
    """Return the last part of the keys of all reminders that went out."""
    return sorted(key.rpartition("/")[2] for key in shop.world.mailer.sent if "/pay-reminder" in key)


@pytest.fixture
async def reminding(time_skipping: WorkflowEnvironment) -> AsyncIterator[Shop]:
    """Give a shop that can let days pass and reminds its customers four hours before the end."""
    world = stocked(reminder_seconds=4 * HOUR)
    async with open_shop(time_skipping.client, world, environment=time_skipping) as opened:
        yield opened


async def test_an_extension_moves_the_end_and_its_attribute(shop: Shop) -> None:
    request = await shop.start()
    before = await shop.orders.get_order(request.order_id)
    assert before.due_at is not None
    after = await extend(shop, request, 2 * HOUR)
    assert after.due_at == before.due_at + timedelta(hours=2)
    assert (after.status, after.stage_since) == (OrderStatus.AWAITING_PAYMENT, before.stage_since)
    end = f"{after.due_at:%d %B %Y, %H:%M} UTC"
    assert texts(after)[-1] == f"payment window extended by 2 hours, to {end}, by ana: the bank is slow"
    row = (await shop.handle(request).describe()).typed_search_attributes
    assert row[summary.DUE_AT] == after.due_at
    effect = action(after, "extend_payment_window").effect or ""
    assert effect.startswith(f"gives the customer more time to pay than {end}, until ")


@pytest.mark.skips_time
async def test_an_extended_window_ends_when_it_says(shop: Shop) -> None:
    request = await shop.start()
    opened = (await shop.orders.get_order(request.order_id)).stage_since
    await extend(shop, request, DAY)
    await shop.pass_time(timedelta(hours=47))
    assert (await shop.orders.get_status(request.order_id)).status == OrderStatus.AWAITING_PAYMENT
    await shop.pass_time(timedelta(hours=1, minutes=1))
    view = await shop.ended(request)
    assert (view.status, view.reason) == (OrderStatus.EXPIRED, "not paid in time")
    assert timedelta(days=2) <= view.stage_since - opened < timedelta(days=2, minutes=1)
    assert (view.payment_status, view.due_at) == (PaymentStatus.UNPAID, None)
    assert shop.world.inventory.count("held") == 0
    assert "You have not been charged" in shop.world.mailer.sent[f"{request.order_id}/expired"][2]


async def test_the_window_never_ends_later_than_in_ninety_days(shop: Shop) -> None:
    request = await shop.start(payment_window_seconds=60 * DAY)
    before = await shop.orders.get_order(request.order_id)
    with pytest.raises(RefusedError, match=r"90 days from now: \d+ seconds more") as refused:
        await extend(shop, request, 30 * DAY + HOUR)
    assert refused.value.kind == "NotNow"
    assert (await shop.orders.get_order(request.order_id)).due_at == before.due_at
    assert (await extend(shop, request, 30 * DAY)).due_at == (before.due_at or NOON) + timedelta(days=30)


@pytest.mark.parametrize("seconds", [0, -1, 90 * DAY + 1, 1.5, "60", True])
def test_an_extension_by_no_such_time_is_refused(seconds: object) -> None:
    with pytest.raises(ValidationError, match="seconds"):
        ExtendPaymentWindow.model_validate({"seconds": seconds, "by": "ana", "reason": "because"})


async def test_only_a_window_that_runs_is_extended(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin(fulfilment_seconds_per_step=HOUR)
    with pytest.raises(RefusedError, match="does not wait for its payment yet"):
        await extend(shop, request, HOUR)
    shop.world.faults.up("reserve")
    await shop.until_status(request, OrderStatus.AWAITING_PAYMENT)
    await shop.pay(request, payment("pay-quick"))
    with pytest.raises(RefusedError, match="paid already, with pay-quick"):
        await extend(shop, request, HOUR)
    await shop.cancel(request)
    await shop.ended(request)
    with pytest.raises(ClosedError):
        await extend(shop, request, HOUR)


async def test_a_reminder_comes_before_the_end_once_for_each_deadline(reminding: Shop) -> None:
    request = await reminding.start()
    await reminding.pass_time(timedelta(hours=19, minutes=59))
    assert reminders(reminding) == []
    await reminding.pass_time(timedelta(minutes=2))
    await reminding.until(request, lambda view: texts(view)[-1] == "e-mail: pay reminder")
    await extend(reminding, request, DAY)
    await reminding.pass_time(timedelta(hours=23))
    assert reminders(reminding) == ["pay-reminder-1"]
    await reminding.pass_time(timedelta(hours=2))
    await reminding.until(request, lambda view: texts(view).count("e-mail: pay reminder") == 2)
    due_at = (await reminding.orders.get_order(request.order_id)).due_at
    assert due_at is not None
    _, subject, body = reminding.world.mailer.sent[f"{request.order_id}/pay-reminder-2"]
    assert subject == f"Order {request.order_id}: please pay $120.00 by {due_at:%d %B %Y, %H:%M} UTC"
    assert "after that your order expires" in body
    await reminding.pass_time(timedelta(hours=5))
    assert (await reminding.ended(request)).status == OrderStatus.EXPIRED
    assert reminders(reminding) == ["pay-reminder-1", "pay-reminder-2"]


async def test_who_has_paid_is_not_reminded(reminding: Shop) -> None:
    request = await reminding.start(fulfilment_seconds_per_step=DAY)
    await reminding.pay(request)
    await reminding.pass_time(timedelta(days=5))
    await reminding.ended(request)
    assert reminders(reminding) == []


@given(
    before=st.integers(1, 10 * DAY),
    length=st.integers(1, 90 * DAY),
    extensions=st.lists(st.integers(1, DAY), max_size=3),
)
def test_a_reminder_falls_between_its_deadlines_being_set_and_its_end(
    before: int, length: int, extensions: list[int]
) -> None:
    deadline = Deadline.first(NOON, timedelta(seconds=length))
    for seconds in extensions:
        deadline = deadline.later(NOON + timedelta(hours=1), timedelta(seconds=seconds))
    if deadline.at <= deadline.set_at:  # it was over before it could be extended
        return
    remind_at = deadline.remind_at(timedelta(seconds=before))
    assert deadline.set_at < remind_at < deadline.at
    assert deadline.number == 1 + len(extensions)
    if 2 * timedelta(seconds=before) <= deadline.at - deadline.set_at:
        assert deadline.at - remind_at == timedelta(seconds=before)
