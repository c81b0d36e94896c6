"""Cancelling: what was done is undone, the last thing first; what is packed or has left goes on, and that is said."""

from datetime import timedelta

import pytest

from tests.support.orders import HOUR, TOTAL, Shop, action, line, moves, payment, texts
from workers.store.shipping import PACKED
from workflows.orders.models import CancelOrder, OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import ReservationStatus

pytestmark = pytest.mark.skips_time

CANCEL = CancelOrder(reason="changed my mind", requested_by="ada")
TOO_LATE = "the parcel has been handed to the carrier"


async def test_an_unpaid_order_releases_its_stock(shop: Shop) -> None:
    request = await shop.start()
    assert action(await shop.orders.get_order(request.order_id)).effect == "releases 3 pieces, no refund due"
    outcome = await shop.cancel(request)
    assert outcome.refusal is None
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.UNPAID)
    assert (view.reason, view.ledger) == ("changed my mind (ada)", [])
    assert [held.status for held in view.reservations] == [ReservationStatus.RELEASED]
    assert shop.world.inventory.count("held") == 0
    assert "not been charged" in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]


async def test_a_paid_order_asks_the_warehouse_refunds_then_releases(shop: Shop) -> None:
    request = await shop.paid(payment("pay-back"))
    picking = await shop.orders.get_order(request.order_id)
    effect = "asks the warehouse to stop, then refunds $120.00 to pay-back, releases 3 pieces"
    assert action(picking).effect == effect
    outcome = await shop.cancel(request)
    assert (outcome.refusal, outcome.snapshot.view.cancel_pending) == (None, True)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert moves(view) == [("capture", TOTAL), ("refund", TOTAL)]
    assert "ada asks to cancel (changed my mind); the warehouse is asked to stop" in texts(view)
    assert (shop.world.warehouse.answers, shop.world.carrier.parcels) == ({f"{request.order_id}-P1": None}, {})
    undone = [text.partition(" ")[0] for text in texts(view) if text.startswith(("refunded", "stock released"))]
    assert undone == ["refunded", "stock"]
    assert "You get back $120.00." in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]


async def test_cancelling_twice_is_one_cancellation_and_refunds_once(shop: Shop) -> None:
    request = await shop.paid()
    shop.world.faults.down("release")
    await shop.cancel(request)
    again = await shop.cancel(request)
    assert again.refusal is None
    view = await shop.until(request, lambda view: action(view).reason == "the order is being cancelled")
    assert "asked again to cancel, by ada: changed my mind" in texts(view)
    shop.world.faults.up("release")
    view = await shop.ended(request)
    assert (view.status, view.refusals) == (OrderStatus.CANCELLED, [])
    assert len(shop.world.payments.refunds) == 1


async def test_cancelling_the_workflow_cancels_the_order(shop: Shop) -> None:
    request = await shop.paid()
    await shop.handle(request).cancel()
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.reason == "the workflow was cancelled (Temporal)"


async def test_cancelling_the_workflow_is_refused_where_cancelling_the_order_is(shop: Shop) -> None:
    request = await shop.shipped()
    assert action(await shop.orders.get_order(request.order_id)).reason == TOO_LATE
    await shop.handle(request).cancel()
    refused = await shop.until(request, lambda view: bool(view.refusals))
    assert (refused.status, refused.refusals[0].reason) == (OrderStatus.SHIPPED, TOO_LATE)
    await shop.report(request, ShipmentStatus.DELIVERED)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


@pytest.mark.parametrize("when_short", ["reject", "ship_available"])
async def test_a_try_to_reserve_that_comes_after_the_end_holds_nothing(shop: Shop, when_short: str) -> None:
    shop.world.faults.be_late("reserve")
    request = await shop.begin(lines=[line("SKU-SHELF", 1, 1_000)], when_short=when_short)
    assert (await shop.ended(request)).status == OrderStatus.REJECTED
    shop.world.inventory.restock_shelf("SKU-SHELF", 5)
    await shop.world.faults.arrive("reserve")
    assert shop.world.inventory.count("held") == 0


async def packed(shop: Shop) -> OrderRequest:
    """Return an order whose parcel is packed, and waits to be handed over."""
    request = await shop.paid(fulfilment_seconds_per_step=HOUR)
    await shop.report(request, ShipmentStatus.PICKED)
    await shop.until(request, lambda view: "packing" in texts(view))
    await shop.pass_time(timedelta(hours=1))
    await shop.until(request, lambda view: "getting ready to ship" in texts(view))
    return request


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
    request = await shop.paid(fulfilment_seconds_per_step=10)
    await shop.handle(request).signal("cancel_order", CANCEL)
    await shop.pass_time(timedelta(minutes=5))
    asking = await shop.orders.get_order(request.order_id)
    assert (asking.cancel_pending, asking.attention) == (True, "warehouse_unavailable")
    assert (asking.status, asking.parcels) == (OrderStatus.FULFILLING, [])
    assert action(asking).reason == "the warehouse is being asked whether it can stop"
    shop.world.faults.up("stop")
    await shop.pass_time(timedelta(minutes=5))
    view = await shop.ended(request)
    assert (view.status, view.attention) == (OrderStatus.CANCELLED, None)
    assert shop.world.faults.calls["create_parcel"] == 0


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


async def test_what_left_the_house_while_the_warehouse_was_asked_is_not_cancelled(shop: Shop) -> None:
    request = await shop.paid()
    shop.world.faults.down("stop")
    await shop.handle(request).signal("cancel_order", CANCEL)
    await shop.report(request, ShipmentStatus.SHIPPED)
    shop.world.faults.up("stop")
    view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [refusal.reason for refusal in view.refusals] == ["the parcel has been handed to the carrier"]
    assert view.payment_status == PaymentStatus.PAID


async def test_too_late_to_cancel_offers_a_return_once_and_takes_it_by_itself(shop: Shop) -> None:
    request = await shop.shipped()
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
    _, subject, body = shop.world.mailer.sent[f"{request.order_id}/return-offered"]
    assert subject == f"Order {request.order_id}: you may send it back"
    assert "do not accept it" in body
