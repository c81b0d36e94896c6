"""Cancelling: what was done is undone, the last thing first, whatever fails on the way."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.orders import TOTAL, Shop, open_shop, order, payment
from workflows.orders.client import workflow_id
from workflows.orders.models import CancelOrder, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.ports import ReservationEndedError
from workflows.orders.views.models import OrderView, ReservationStatus, ReservedLine


@pytest.fixture
def shop(patient_shop: Shop) -> Shop:
    """Give a shop in which time can pass."""
    return patient_shop


def effect(view: OrderView, name: str = "cancel_order") -> str | None:
    return next(action.effect for action in view.actions if action.name == name)


def why_not(view: OrderView, name: str = "cancel_order") -> str | None:
    return next(action.reason for action in view.actions if action.name == name)


def order_of(view: OrderView, *texts: str) -> list[str]:
    """Return those of ``texts`` that begin a line of the timeline, as they come there."""
    return [text for entry in view.timeline for text in texts if entry.text.startswith(text)]


async def test_an_unpaid_order_releases_its_stock(shop: Shop) -> None:
    request = await shop.start()
    assert effect(await shop.orders.get_order(request.order_id)) == "releases 3 pieces, no refund due"
    outcome = await shop.cancel(request)
    assert outcome.refusal is None
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.UNPAID)
    assert view.reason == "changed my mind (ada)"
    assert view.reservation is not None
    assert view.reservation.status == ReservationStatus.RELEASED
    assert view.ledger == []
    assert shop.world.inventory.count("held") == 0
    assert "not been charged" in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]


async def test_a_paid_order_refunds_then_releases(shop: Shop) -> None:
    request = await shop.paid(payment("pay-back"))
    picking = await shop.orders.get_order(request.order_id)
    assert effect(picking) == "asks the warehouse to stop, then refunds $120.00 to pay-back, releases 3 pieces"
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert [(entry.kind, entry.amount) for entry in view.ledger] == [("capture", TOTAL), ("refund", TOTAL)]
    assert order_of(view, "refunded", "stock released") == ["refunded", "stock released"]
    shop.world.inventory.assert_adds_up()
    assert "You get back $120.00." in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]


async def test_once_the_carrier_has_the_parcel_it_is_too_late(shop: Shop) -> None:
    request = await shop.shipped()
    shipped = await shop.orders.get_order(request.order_id)
    assert why_not(shipped) == "the parcel has been handed to the carrier"
    outcome = await shop.cancel(request)
    assert outcome.refusal == "the parcel has been handed to the carrier"
    assert outcome.snapshot.view.status == OrderStatus.SHIPPED
    assert outcome.snapshot.view.payment_status == PaymentStatus.PAID


async def test_cancelling_twice_is_one_cancellation_and_refunds_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=3600)
    await shop.pay(request)
    shop.world.faults.down("release")
    await shop.cancel(request)
    again = await shop.cancel(request)
    assert again.refusal is None
    view = await shop.until(request, lambda view: why_not(view) == "the order is being cancelled")
    assert "asked again to cancel, by ada: changed my mind" in [entry.text for entry in view.timeline]
    shop.world.faults.up("release")
    view = await shop.ended(request)
    assert (view.status, view.refusals) == (OrderStatus.CANCELLED, [])
    assert len(shop.world.payments.refunds) == 1


async def test_a_refund_that_fails_needs_action_stops_nothing_else_and_goes_on(shop: Shop) -> None:
    request = await shop.paid()
    shop.world.faults.down("refund")
    await shop.cancel(request)
    await shop.pass_time(timedelta(minutes=2))
    stuck = await shop.until_status(request, OrderStatus.NEEDS_ACTION)
    assert (stuck.attention, stuck.payment_status) == ("refund_failed", PaymentStatus.REFUND_PENDING)
    assert stuck.reservation is not None
    assert stuck.reservation.status == ReservationStatus.RELEASED
    assert why_not(stuck) == "the order is being cancelled"
    tries = shop.world.faults.calls["refund"]

    await shop.pass_time(timedelta(days=3))
    assert shop.world.faults.calls["refund"] > tries
    row = await shop.orders.get_summary(workflow_id(request.order_id))
    assert (row.stage, row.attention) == ("NEEDS_ACTION", "refund_failed")

    shop.world.faults.up("refund")
    await shop.pass_time(timedelta(hours=2))
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.attention is None
    assert len(shop.world.payments.refunds) == 1
    assert shop.world.faults.calls["release"] == 1


async def test_a_refund_records_a_capture_that_the_ledger_missed(shop: Shop) -> None:
    request = await shop.start()
    shop.world.faults.down("record_capture")
    await shop.pay(request)
    await shop.pass_time(timedelta(minutes=2))
    await shop.cancel(request)
    await shop.pass_time(timedelta(minutes=5))
    shop.world.faults.up("record_capture")
    await shop.pass_time(timedelta(hours=2))
    view = await shop.ended(request)
    assert [entry.kind for entry in view.ledger] == ["capture", "refund"]
    assert (view.status, view.attention) == (OrderStatus.CANCELLED, None)
    assert shop.world.payments.kept(request.order_id) == 0


async def test_an_order_whose_stock_is_not_decided_can_be_cancelled(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = order()
    await shop.orders.start(request)
    created = await shop.orders.get_order(request.order_id)
    assert effect(created) == "stops reserving stock, no refund due"
    await shop.cancel(request)
    view = await shop.ended(request)
    assert view.status == OrderStatus.CANCELLED
    # A reservation that is still on its way changes nothing when it arrives.
    shop.world.faults.up("reserve")
    with pytest.raises(ReservationEndedError):
        await shop.world.inventory.reserve(
            f"{request.order_id}/reservation", [ReservedLine(sku="SKU-CHAIR", quantity=2)]
        )
    assert shop.world.inventory.count("held") == 0
    shop.world.inventory.assert_adds_up()


async def test_a_carrier_that_is_down_can_be_left_and_the_parcel_is_recalled(shop: Shop) -> None:
    shop.world.faults.down("create_parcel")
    request = await shop.start()
    await shop.pay(request)
    await shop.pass_time(timedelta(seconds=50))
    stuck = await shop.until(request, lambda view: view.attention is not None)
    assert (stuck.status, stuck.attention) == (OrderStatus.FULFILLING, "carrier_unavailable")
    outcome = await shop.cancel(request)
    assert outcome.refusal is None
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.attention is None
    assert shop.world.carrier.parcels == {f"{request.order_id}-P1": "recalled"}
    assert shop.world.inventory.count("held") == 0


async def test_cancelling_the_workflow_cancels_the_order(shop: Shop) -> None:
    request = await shop.paid()
    await shop.handle(request).cancel()
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.reason == "the workflow was cancelled (Temporal)"
    assert shop.world.payments.kept(request.order_id) == 0


async def test_cancelling_the_workflow_is_refused_where_cancelling_the_order_is(shop: Shop) -> None:
    request = await shop.shipped()
    await shop.handle(request).cancel()
    refused = await shop.until(request, lambda view: bool(view.refusals))
    assert refused.status == OrderStatus.SHIPPED
    await shop.report(request, ShipmentStatus.DELIVERED)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_of_a_cancellation_and_the_end_of_a_step_in_one_task_the_cancellation_wins(client: Client) -> None:
    async with open_shop(client) as shop:
        request = await shop.start(fulfilment_seconds_per_step=1, payment_window_seconds=3600)
        await shop.pay(request)
        await shop.until(request, lambda view: "packing" in [entry.text for entry in view.timeline])
    await shop.handle(request).signal("cancel_order", CancelOrder(reason="too slow", requested_by="ada"))
    await shop.until_event(request, "TIMER_FIRED", count=2)
    async with shop.worker(cached=0):
        view = await shop.ended(request)
    assert view.status == OrderStatus.CANCELLED
    assert shop.world.carrier.parcels == {}
