"""Cancelling what the warehouse works on, or what the carrier has: whoever asks hears what came of it."""

from datetime import timedelta

import pytest

from tests.support.orders import TOTAL, Shop, payment
from workers.store.shipping import PACKED
from workflows.orders.models import CancelOrder, OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import OrderView

AN_HOUR = 3600
CANCEL = CancelOrder(reason="changed my mind", requested_by="ada")


@pytest.fixture
def shop(patient_shop: Shop) -> Shop:
    """Give a shop in which time can pass."""
    return patient_shop


def texts(view: OrderView) -> list[str]:
    return [entry.text for entry in view.timeline]


async def in_step(shop: Shop, step: str, seconds: int = AN_HOUR) -> OrderRequest:
    """Return an order whose parcel is in that step of the warehouse."""
    request = await shop.start(fulfilment_seconds_per_step=seconds)
    await shop.pay(request)
    await shop.until(request, lambda view: step in texts(view))
    return request


async def packed(shop: Shop) -> OrderRequest:
    """Return an order whose parcel is packed, and waits to be handed over."""
    request = await in_step(shop, "picking")
    await shop.report(request, ShipmentStatus.PICKED)
    await shop.until(request, lambda view: "packing" in texts(view))
    await shop.pass_time(timedelta(seconds=AN_HOUR))
    await shop.until(request, lambda view: "getting ready to ship" in texts(view))
    return request


async def shipped(shop: Shop) -> OrderRequest:
    request = await in_step(shop, "picking")
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    return request


async def test_the_warehouse_is_asked_before_a_parcel_that_is_picked_is_cancelled(shop: Shop) -> None:
    request = await in_step(shop, "picking")
    outcome = await shop.cancel(request)
    assert outcome.refusal is None
    assert outcome.snapshot.view.cancel_pending
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert shop.world.warehouse.answers == {f"{request.order_id}-P1": None}
    assert "ada asks to cancel (changed my mind); the warehouse is asked to stop" in texts(view)
    assert shop.world.carrier.parcels == {}


async def test_what_is_packed_is_not_stopped_and_whoever_asked_is_told(shop: Shop) -> None:
    request = await packed(shop)
    assert (await shop.cancel(request)).refusal is None
    refused = await shop.until(request, lambda view: not view.cancel_pending)
    assert [refusal.reason for refusal in refused.refusals] == ["the warehouse does not stop: " + PACKED]
    assert refused.return_offered
    await shop.pass_time(timedelta(days=1))
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PAID)
    assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_nothing_is_handed_over_while_the_warehouse_is_asked(shop: Shop) -> None:
    shop.world.faults.down("stop")
    request = await in_step(shop, "picking", seconds=10)
    await shop.handle(request).signal("cancel_order", CANCEL)
    await shop.pass_time(timedelta(minutes=5))
    asking = await shop.orders.get_order(request.order_id)
    assert (asking.cancel_pending, asking.attention) == (True, "warehouse_unavailable")
    assert (asking.status, asking.parcels) == (OrderStatus.FULFILLING, [])
    cancel = next(action for action in asking.actions if action.name == "cancel_order")
    assert cancel.reason == "the warehouse is being asked whether it can stop"
    shop.world.faults.up("stop")
    await shop.pass_time(timedelta(minutes=5))
    view = await shop.ended(request)
    assert (view.status, view.attention) == (OrderStatus.CANCELLED, None)
    assert shop.world.faults.calls["create_parcel"] == 0
    assert shop.world.payments.kept(request.order_id) == 0


async def test_two_who_ask_at_once_share_one_question_and_one_refusal(shop: Shop) -> None:
    request = await packed(shop)
    shop.world.warehouse.refuse(f"{request.order_id}-P1", "it is on the lorry")
    shop.world.faults.hold("stop")
    for name in ("ada", "ben"):
        await shop.handle(request).signal("cancel_order", CancelOrder(reason="no", requested_by=name))
    await shop.until(request, lambda view: "asked again to cancel, by ben: no" in texts(view))
    shop.world.faults.let_go("stop")
    await shop.until(request, lambda view: bool(view.refusals))
    await shop.pass_time(timedelta(days=1))
    view = await shop.ended(request)
    assert [refusal.reason for refusal in view.refusals] == ["the warehouse does not stop: it is on the lorry"]
    assert shop.world.faults.calls["stop"] == 1


async def test_a_lost_answer_of_the_warehouse_is_the_same_when_asked_again(shop: Shop) -> None:
    request = await in_step(shop, "picking")
    shop.world.faults.lose_answers("stop", 2)
    outcome = await shop.cancel(request)
    assert outcome.refusal is None
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED
    assert shop.world.faults.calls["stop"] == 3


async def test_what_left_the_house_while_the_warehouse_was_asked_is_not_cancelled(shop: Shop) -> None:
    request = await in_step(shop, "picking")
    shop.world.faults.down("stop")
    await shop.handle(request).signal("cancel_order", CANCEL)
    await shop.report(request, ShipmentStatus.SHIPPED)
    shop.world.faults.up("stop")
    view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [refusal.reason for refusal in view.refusals] == ["the parcel has been handed to the carrier"]
    assert view.payment_status == PaymentStatus.PAID


async def test_too_late_to_cancel_offers_a_return_once_and_takes_it_by_itself(shop: Shop) -> None:
    request = await shipped(shop)
    first, outcome = [await shop.cancel(request) for _ in range(2)]
    for refused in (first, outcome):
        assert refused.refusal == "the parcel has been handed to the carrier"
        assert refused.snapshot.view.return_offered
    offered = f"return of parcel {request.order_id}-P1 offered to ada"
    assert texts(outcome.snapshot.view).count(offered) == 1

    await shop.report(request, ShipmentStatus.RETURNED)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.reason == f"parcel {request.order_id}-P1 came back, as offered"
    assert view.attention is None
    assert shop.world.inventory.available.total() == 200
    assert shop.world.payments.kept(request.order_id) == 0
    _, subject, body = shop.world.mailer.sent[f"{request.order_id}/return-offered"]
    assert subject == f"Order {request.order_id}: you may send it back"
    assert "do not accept it" in body


@pytest.mark.parametrize("status", [ShipmentStatus.RETURNED, ShipmentStatus.LOST])
async def test_what_nobody_offered_to_take_back_needs_a_decision(shop: Shop, status: ShipmentStatus) -> None:
    request = await shipped(shop)
    outcome = await shop.report(request, status)
    assert (outcome.snapshot.view.status, outcome.snapshot.view.return_offered) == (OrderStatus.NEEDS_ACTION, False)
    await shop.pay(request, payment("pay-late"))
    assert (await shop.orders.get_status(request.order_id)).status == OrderStatus.NEEDS_ACTION
