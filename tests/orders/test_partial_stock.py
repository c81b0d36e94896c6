"""Fewer pieces in stock than ordered: what is there ships, waits or is cancelled, by policy or by decision."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.orders import HOUR, Shop, action, line, payment, texts
from workflows.orders.models import (
    DecideShortage,
    OrderRequest,
    OrderStatus,
    PaymentStatus,
    ShipmentStatus,
    ShortageDecision,
)
from workflows.orders.views.models import OrderView, ReservedLine, Shortage
from workflows.shared.errors import RefusedError

pytestmark = pytest.mark.skips_time

CHAIRS, SHELVES = line("SKU-CHAIR", 2, 5_000), line("SKU-SHELF", 3, 1_000)
CHAIRS_ONLY = [ReservedLine(sku="SKU-CHAIR", quantity=2)]
MISSING = [ReservedLine(sku="SKU-SHELF", quantity=2)]
CANCELLED = [("SKU-SHELF", 2)]


def cancelled(view: OrderView) -> list[tuple[str, int]]:
    """Return the pieces that will not be sent."""
    return [(line.sku, line.quantity) for line in view.cancelled_lines]


"""One shelf of three is there."""


async def short(shop: Shop, **changes: Any) -> OrderRequest:  # noqa: ANN401 - any field of the model
    """Start an order of two chairs and three shelves for $130.00, of which one shelf is there."""
    shop.world.inventory.restock_shelf("SKU-SHELF", 1)
    return await shop.start(lines=[CHAIRS, SHELVES], **changes)


def decide(decision: ShortageDecision) -> DecideShortage:
    return DecideShortage(decision=decision, by="ben", reason="the customer was asked")


async def test_what_is_missing_is_cancelled_and_the_customer_pays_for_the_rest(shop: Shop) -> None:
    request = await short(shop, when_short="cancel_lines")
    waiting = await shop.orders.get_order(request.order_id)
    assert (waiting.status, waiting.amount_due) == (OrderStatus.AWAITING_PAYMENT, 11_000)
    assert waiting.shortages == [Shortage(sku="SKU-SHELF", wanted=3, available=1)]
    assert cancelled(waiting) == CANCELLED
    await shop.pay(request, payment(amount=11_000))
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PAID)
    assert [parcel.lines for parcel in view.parcels] == [[*CHAIRS_ONLY, ReservedLine(sku="SKU-SHELF", quantity=1)]]
    assert shop.world.inventory.count("consumed") == 3
    assert shop.world.payments.kept(request.order_id) == 11_000


async def test_what_is_there_ships_and_the_rest_follows_when_it_comes_in(shop: Shop) -> None:
    request = await short(shop, when_short="ship_available", fulfilment_seconds_per_step=60)
    assert (await shop.orders.get_order(request.order_id)).back_ordered == MISSING
    await shop.pay(request, payment(amount=13_000))
    await shop.pass_time(timedelta(minutes=10))
    first = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [(parcel.parcel_id[-3:], parcel.status) for parcel in first.parcels] == [("-P1", ShipmentStatus.DELIVERED)]
    shop.world.inventory.restock_shelf("SKU-SHELF", 2)
    await shop.pass_time(timedelta(hours=2))
    view = await shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    assert [(parcel.parcel_id[-3:], parcel.lines) for parcel in view.parcels][1:] == [("-P2", MISSING)]
    assert [held.reservation_id.rpartition("/")[2] for held in view.reservations] == ["reservation", "reservation-2"]
    assert (view.back_ordered, view.cancelled_lines) == ([], [])
    assert shop.world.payments.kept(request.order_id) == 13_000
    assert shop.world.inventory.count("consumed") == 5
    assert f"{request.order_id}/shipped-2" in shop.world.mailer.sent


async def test_what_never_comes_in_is_cancelled_and_refunded(shop: Shop) -> None:
    request = await short(shop, when_short="ship_available")
    await shop.pay(request, payment(amount=13_000))
    await shop.pass_time(timedelta(days=15))
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert (cancelled(view), view.amount_due) == (CANCELLED, 11_000)
    assert shop.world.payments.kept(request.order_id) == 11_000
    assert shop.world.inventory.count("held") == 0
    _, subject, body = shop.world.mailer.sent[f"{request.order_id}/not-coming"]
    assert subject == f"Order {request.order_id}: not all of it will come"
    assert "has not come in for as long as we could wait for it, and is cancelled." in body
    assert "You get back $20.00." in body
    assert "2 × Shelf" in body  # noqa: RUF001 - the multiplication sign is meant
    history = await shop.handle(request).fetch_history()
    assert len(history.events) < 120  # waiting for two weeks leaves nothing in it


async def test_who_has_not_paid_hears_what_it_costs_without_what_never_came(shop: Shop) -> None:
    request = await short(shop, when_short="back_order", payment_window_seconds=30 * 86_400)
    await shop.pass_time(timedelta(days=15))
    view = await shop.until(request, lambda view: not view.back_ordered)
    assert (view.status, view.amount_due) == (OrderStatus.AWAITING_PAYMENT, 11_000)
    await shop.cancel(request)
    await shop.ended(request)
    assert "It now costs $110.00." in shop.world.mailer.sent[f"{request.order_id}/not-coming"][2]


async def test_of_an_order_of_which_nothing_came_one_email_tells_it(shop: Shop) -> None:
    request = await shop.start(lines=[SHELVES], when_short="back_order")
    await shop.pay(request, payment(amount=3_000))
    await shop.pass_time(timedelta(days=15))
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED
    body = shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]
    assert "has not come in for as long as we could wait for it. You get back $30.00." in body
    assert f"{request.order_id}/not-coming" not in shop.world.mailer.sent
    assert shop.world.inventory.count("held") == 0


async def test_all_together_waits_until_all_is_there_and_goes_in_one_parcel(shop: Shop) -> None:
    request = await short(shop, when_short="back_order")
    await shop.pay(request, payment(amount=13_000))
    waiting = await shop.until_status(request, OrderStatus.PAID)
    assert (waiting.back_ordered, waiting.parcels) == (MISSING, [])
    shop.world.inventory.restock_shelf("SKU-SHELF", 2)
    await shop.pass_time(timedelta(hours=2))
    view = await shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    assert [parcel.lines for parcel in view.parcels] == [[*CHAIRS_ONLY, ReservedLine(sku="SKU-SHELF", quantity=3)]]
    assert shop.world.inventory.count("consumed") == 5
    assert shop.world.payments.kept(request.order_id) == 13_000


async def test_nothing_at_all_is_rejected_unless_it_is_to_be_waited_for(shop: Shop) -> None:
    for when_short in ("ship_available", "cancel_lines", "ask"):
        request = await shop.start(lines=[SHELVES], when_short=when_short)
        view = await shop.ended(request)
        assert (view.status, view.reason) == (
            OrderStatus.REJECTED,
            "not in stock: SKU-SHELF: 3 wanted, 0 available",
        )
    waiting = await shop.start(lines=[SHELVES], when_short="back_order")
    assert (await shop.orders.get_status(waiting.order_id)).status == OrderStatus.AWAITING_PAYMENT
    await shop.cancel(waiting)
    assert (await shop.ended(waiting)).status == OrderStatus.CANCELLED
    assert shop.world.inventory.count("held") == 0


async def test_somebody_decides_and_the_effect_of_each_decision_is_shown_before(shop: Shop) -> None:
    shop.world.faults.hold("create_parcel")  # so that the order is not delivered before the second decision
    request = await short(shop, when_short="ask")
    asking = await shop.orders.get_order(request.order_id)
    assert (asking.status, asking.attention) == (OrderStatus.NEEDS_ACTION, "stock_short")
    assert asking.reason == "not all is in stock: SKU-SHELF: 3 wanted, 1 available"
    assert action(asking, "decide_shortage").effect == (
        "SKU-SHELF: 3 wanted, 1 available; ship_available ships 3 pieces and sends 2 pieces later, back_order sends all"
        " together later (both wait 14 days at most), cancel_lines cancels 2 pieces: the order then costs $110.00"
    )
    # What is paid meanwhile is taken early, and what turns out to be too much goes back.
    await shop.pay(request, payment("pay-early", amount=13_000))
    decided = await shop.orders.decide_shortage(request.order_id, decide(ShortageDecision.CANCEL_LINES))
    assert (decided.attention, decided.reason, cancelled(decided)) == (None, None, CANCELLED)
    assert "ben decides to cancel lines: the customer was asked" in texts(decided)
    with pytest.raises(RefusedError, match="nothing waits for a decision about missing pieces"):
        await shop.orders.decide_shortage(request.order_id, decide(ShortageDecision.BACK_ORDER))
    shop.world.faults.let_go("create_parcel")
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert shop.world.payments.kept(request.order_id) == 11_000


async def test_cancelling_what_is_back_ordered_leaves_what_has_shipped(shop: Shop) -> None:
    request = await short(shop, when_short="ship_available", fulfilment_seconds_per_step=HOUR)
    await shop.pay(request, payment(amount=13_000))
    await shop.until_status(request, OrderStatus.FULFILLING)
    await shop.report(request, ShipmentStatus.SHIPPED)
    shipped = await shop.until_status(request, OrderStatus.SHIPPED)
    assert action(shipped).effect == f"refunds $20.00, stops waiting for 2 pieces; parcel {request.order_id}-P1 goes on"
    outcome = await shop.cancel(request)
    assert outcome.refusal == "the parcel has been handed to the carrier; the rest is cancelled"
    view = outcome.snapshot.view
    assert (view.return_offered, cancelled(view)) == (True, CANCELLED)
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert shop.world.payments.kept(request.order_id) == 11_000
    assert shop.world.inventory.count("held") == 0


async def test_of_a_payment_that_was_too_little_only_what_the_rest_does_not_cost_goes_back(shop: Shop) -> None:
    request = await short(shop, when_short="ship_available", fulfilment_seconds_per_step=HOUR)
    await shop.pay(request, payment("pay-waived", amount=11_500))
    await shop.decide_payment(request, "pay-waived", "accept")
    await shop.until_status(request, OrderStatus.FULFILLING)
    await shop.report(request, ShipmentStatus.SHIPPED)
    shipped = await shop.until_status(request, OrderStatus.SHIPPED)
    assert (action(shipped).effect or "").startswith("refunds $5.00, stops waiting for 2 pieces;")
    await shop.cancel(request)
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, cancelled(view)) == (OrderStatus.DELIVERED, CANCELLED)
    assert shop.world.payments.kept(request.order_id) == view.amount_due == 11_000
