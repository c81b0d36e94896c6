"""The payment window: its end, its reminder, and an operator who gives the customer more time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from tests.support.eventually import eventually
from tests.support.orders import Shop, open_shop, order, payment, stocked
from workflows.orders.client import workflow_id
from workflows.orders.models import ExtendPaymentWindow, OrderRequest, OrderStatus
from workflows.orders.payments.records import Deadline
from workflows.orders.views.models import OrderStatusAnswer, OrderView
from workflows.orders.workflow import OrderWorkflow
from workflows.shared import summary
from workflows.shared.errors import ClosedError, RefusedError

HOUR = 3_600
DAY = 24 * HOUR
NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


def more(seconds: int) -> ExtendPaymentWindow:
    return ExtendPaymentWindow(seconds=seconds, by="ana", reason="the bank is slow")


async def extend(shop: Shop, request: OrderRequest, seconds: int) -> OrderView:
    return await shop.orders.extend_payment_window(request.order_id, more(seconds))


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
    assert after.timeline[-1].text == f"payment window extended by 2 hours, to {end}, by ana: the bank is slow"
    row = (await shop.handle(request).describe()).typed_search_attributes
    assert row[summary.DUE_AT] == after.due_at
    action = next(action for action in after.actions if action.name == "extend_payment_window")
    assert action.effect is not None
    assert action.effect.startswith(f"gives the customer more time to pay than {end}, until ")


async def test_an_extended_window_ends_when_it_says(patient_shop: Shop) -> None:
    shop = patient_shop
    request = await shop.start()
    opened = (await shop.orders.get_order(request.order_id)).stage_since
    await extend(shop, request, DAY)
    await shop.pass_time(timedelta(hours=47))
    assert (await shop.orders.get_status(request.order_id)).status == OrderStatus.AWAITING_PAYMENT
    await shop.pass_time(timedelta(hours=1, minutes=1))
    view = await shop.ended(request)
    assert (view.status, view.reason) == (OrderStatus.EXPIRED, "not paid in time")
    assert timedelta(days=2) <= view.stage_since - opened < timedelta(days=2, minutes=1)
    assert shop.world.inventory.count("held") == 0
    assert f"{request.order_id}/expired" in shop.world.mailer.sent


async def test_an_extended_window_can_be_paid_in_its_last_minute(patient_shop: Shop) -> None:
    request = await patient_shop.start()
    await extend(patient_shop, request, DAY)
    await patient_shop.pass_time(timedelta(hours=47, minutes=59))
    await patient_shop.pay(request)
    assert (await patient_shop.ended(request)).status == OrderStatus.DELIVERED


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
    request = order(fulfilment_seconds_per_step=HOUR)
    await shop.orders.start(request)
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
    await reminding.until(request, lambda view: view.timeline[-1].text == "e-mail: pay reminder 1")
    await extend(reminding, request, DAY)
    await reminding.pass_time(timedelta(hours=23))
    assert reminders(reminding) == ["pay-reminder-1"]
    await reminding.pass_time(timedelta(hours=2))
    await reminding.until(request, lambda view: view.timeline[-1].text == "e-mail: pay reminder 2")
    due_at = (await reminding.orders.get_order(request.order_id)).due_at
    assert due_at is not None
    _, subject, body = reminding.world.mailer.sent[f"{request.order_id}/pay-reminder-2"]
    assert subject == f"Order {request.order_id}: please pay $120.00 by {due_at:%d %B %Y, %H:%M} UTC"
    assert "after that your order expires" in body
    await reminding.pass_time(timedelta(hours=5))
    assert (await reminding.ended(request)).status == OrderStatus.EXPIRED
    assert reminders(reminding) == ["pay-reminder-1", "pay-reminder-2"]


async def test_a_short_window_reminds_half_way(reminding: Shop) -> None:
    request = await reminding.start(payment_window_seconds=2 * HOUR)
    await reminding.pass_time(timedelta(minutes=59))
    assert reminders(reminding) == []
    await reminding.pass_time(timedelta(minutes=2))
    await reminding.until(request, lambda _: bool(reminders(reminding)))


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


async def test_of_an_extension_and_the_end_of_the_window_in_one_task_the_extension_wins(client: Client) -> None:
    async with open_shop(client) as shop:
        request = await shop.start(payment_window_seconds=3)
    handle = shop.handle(request)
    # Nobody works now, so that the extension and the end of the window wait for one workflow task.
    asked = asyncio.create_task(handle.execute_update("extend_payment_window", more(HOUR), result_type=OrderView))
    await asked_for(handle)
    assert (await timers_fired(shop, request)) == 0, "the extension came too late to be in one task with the end"
    await shop.until_event(request, "TIMER_FIRED")
    async with shop.worker(cached=0):
        extended = await asked
        assert extended.status == OrderStatus.AWAITING_PAYMENT
        await shop.pay(request)
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def asked_for(handle: WorkflowHandle[OrderWorkflow, OrderStatusAnswer]) -> None:
    """Wait until the server has the update: it leaves no event, but a task that nobody takes."""
    await eventually(handle.describe, lambda found: found.raw_description.HasField("pending_workflow_task"))


async def timers_fired(shop: Shop, request: OrderRequest) -> int:
    history = await shop.client.get_workflow_handle(workflow_id(request.order_id)).fetch_history()
    return sum(event.HasField("timer_fired_event_attributes") for event in history.events)
