"""Refunds of some lines: what goes back, what becomes of the pieces, and that it is never more than came."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.orders import HOUR, TOTAL, Shop, action, payment, texts
from workflows.orders.models import OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.payments.refund_models import LinesToRefund, RefundLines, RefundPreview
from workflows.orders.views.models import OrderView
from workflows.shared.errors import ClosedError, RefusedError

CHAIR = {"sku": "SKU-CHAIR", "quantity": 1}
CHAIRS = {"sku": "SKU-CHAIR", "quantity": 2}
LAMP = {"sku": "SKU-LAMP", "quantity": 1}


def wanted(*lines: dict[str, Any]) -> RefundLines:
    """Return the wish for these lines, or for everything."""
    return RefundLines.model_validate({"lines": list(lines) or None, "by": "ana", "reason": "broken"})


async def refund(shop: Shop, request: OrderRequest, *lines: dict[str, Any]) -> OrderView:
    return await shop.orders.refund_lines(request.order_id, wanted(*lines))


async def preview(shop: Shop, request: OrderRequest, *lines: dict[str, Any]) -> RefundPreview:
    which = LinesToRefund.model_validate({"lines": list(lines) or None})
    return await shop.orders.preview_refund(request.order_id, which)


def refunds(view: OrderView) -> list[int]:
    return [entry.amount for entry in view.ledger if entry.kind == "refund"]


def keys(shop: Shop) -> list[str]:
    """Return the last parts of the keys of all refunds, after that of their payment."""
    return sorted(key.partition("/refund/pay-ORD-")[2].partition("/")[2] for key in shop.world.payments.refunds)


async def test_a_piece_is_refunded_and_the_rest_is_shipped(shop: Shop) -> None:
    request = await shop.paid()
    paid = f"pay-{request.order_id}"
    view = await refund(shop, request, CHAIR)
    assert (view.status, view.payment_status) == (OrderStatus.FULFILLING, PaymentStatus.PARTLY_REFUNDED)
    assert refunds(view) == [5_000]
    assert [(line.sku, line.quantity) for line in view.refunded_lines] == [("SKU-CHAIR", 1)]
    assert keys(shop) == ["lines-1"]
    told = texts(view)
    assert "refund of $50.00 for 1 × SKU-CHAIR decided by ana: broken" in told  # noqa: RUF001 - the sign is meant
    assert f"refunded $50.00 to {paid}" in told
    await shop.until(request, lambda view: texts(view)[-1] == "e-mail: refunded")
    assert shop.world.inventory.available["SKU-CHAIR"] == 99

    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert {line.sku: line.quantity for line in view.parcels[0].lines} == {"SKU-CHAIR": 1, "SKU-LAMP": 1}
    assert shop.world.inventory.count("consumed") == 2
    assert shop.world.payments.kept(request.order_id) == TOTAL - 5_000
    _, subject, body = shop.world.mailer.sent[f"{request.order_id}/refunded-1"]
    assert subject == f"Order {request.order_id}: you get back $50.00"
    assert "1 × Chair" in body  # noqa: RUF001 - as above


async def test_the_preview_says_what_then_happens_and_changes_nothing(shop: Shop) -> None:
    request = await shop.paid()
    paid = f"pay-{request.order_id}"
    seen = await preview(shop, request, CHAIR, LAMP)
    assert (seen.amount, seen.currency, seen.payment_id) == (7_000, "USD", paid)
    assert seen.effect == (
        f"refunds $70.00 to {paid} for 1 × SKU-CHAIR, 1 × SKU-LAMP; releases 2 pieces"  # noqa: RUF001 - as above
    )
    everything = await preview(shop, request)
    assert everything.amount == TOTAL
    assert everything.effect.endswith(
        "; nothing is left, so the order is cancelled if the warehouse can still stop, and ships otherwise"
    )
    for sku, why in (
        ("SKU-SHELF", "the order has no SKU-SHELF, only SKU-CHAIR, SKU-LAMP"),
        ("SKU-CHAIR", "SKU-CHAIR: 3 to refund, 2 left"),
    ):
        for ask in (preview, refund):
            with pytest.raises(RefusedError, match=why):
                await ask(shop, request, {"sku": sku, "quantity": 3})
    view = await shop.orders.get_order(request.order_id)
    assert (view.payment_status, view.refunded_lines) == (PaymentStatus.PAID, [])
    effect = f"all that is left: {everything.effect}; or some of it, by SKU and quantity"
    assert action(view, "refund_lines").effect == effect


async def test_an_order_of_which_nothing_is_left_is_cancelled(shop: Shop) -> None:
    request = await shop.paid()
    await refund(shop, request, CHAIRS)
    await refund(shop, request, LAMP)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.reason == "broken (ana)"
    assert refunds(view) == [10_000, 2_000]
    assert keys(shop) == ["lines-1", "lines-2"]
    assert shop.world.inventory.count("held") == 0
    assert shop.world.carrier.parcels == {}


async def test_what_is_packed_goes_along_although_it_is_refunded(shop: Shop) -> None:
    request = await shop.paid()
    await shop.report(request, ShipmentStatus.PICKED)
    await shop.until(request, lambda view: "packing" in texts(view))
    told = (await preview(shop, request, LAMP)).effect
    assert told.endswith("; 1 piece packed or shipped already, not back in stock")
    await refund(shop, request, LAMP)
    await shop.report(request, ShipmentStatus.SHIPPED)
    view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert sum(line.quantity for line in view.parcels[0].lines) == 3
    await shop.until(request, lambda _: shop.world.inventory.count("consumed") == 3)


async def test_what_was_shipped_can_be_refunded_whole_and_is_delivered_all_the_same(shop: Shop) -> None:
    request = await shop.shipped()
    await refund(shop, request, LAMP)
    view = await refund(shop, request)
    assert (view.status, view.payment_status) == (OrderStatus.SHIPPED, PaymentStatus.REFUNDED)
    with pytest.raises(RefusedError, match="refunded already"):
        await refund(shop, request, LAMP)
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.REFUNDED)
    assert refunds(view) == [2_000, 10_000]
    assert shop.world.payments.kept(request.order_id) == 0
    assert shop.world.inventory.count("consumed") == 3


async def test_a_cancellation_sends_back_only_what_is_left(shop: Shop) -> None:
    request = await shop.paid()
    view = await refund(shop, request, CHAIR)
    assert f"refunds $70.00 to pay-{request.order_id}, releases 2 pieces" in (action(view).effect or "")
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert refunds(view) == [5_000, 7_000]
    assert keys(shop) == ["lines-1", "rest"]
    assert shop.world.inventory.count("held") == 0


async def test_a_payment_that_was_too_little_goes_back_as_far_as_it_goes(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    paid = f"pay-{request.order_id}"
    await shop.pay(request, payment(paid, amount=TOTAL - 4_000))
    await shop.decide_payment(request, paid, "accept")
    await shop.until(request, lambda view: view.status == OrderStatus.FULFILLING and bool(view.ledger))
    await refund(shop, request, CHAIR)
    with pytest.raises(RefusedError, match=rf"cost \$50\.00, and only \$30\.00 of {paid} is left"):
        await refund(shop, request, CHAIR)
    assert (await preview(shop, request)).amount == 3_000
    await refund(shop, request)
    view = await shop.ended(request)
    assert (view.status, refunds(view)) == (OrderStatus.CANCELLED, [5_000, 3_000])


@pytest.mark.parametrize(
    "lines", [[], [CHAIR, CHAIR], [CHAIR | {"quantity": 0}], [CHAIR | {"quantity": -1}], [CHAIR | {"quantity": 1.5}]]
)
def test_lines_that_make_no_sense_are_refused(lines: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError, match="lines"):
        LinesToRefund.model_validate({"lines": lines})


async def test_only_a_paid_order_that_goes_on_is_refunded_by_line(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin(fulfilment_seconds_per_step=HOUR)
    with pytest.raises(RefusedError, match="the order is not paid"):
        await refund(shop, request, CHAIR)
    await shop.pay(request)
    await shop.until(request, lambda view: bool(view.ledger))
    with pytest.raises(RefusedError, match="the stock is not reserved yet"):
        await refund(shop, request, CHAIR)
    shop.world.faults.up("reserve")
    await shop.until_status(request, OrderStatus.FULFILLING)
    shop.world.faults.down("release")
    await shop.cancel(request)
    await shop.until(request, lambda view: "refund_lines" not in [each.name for each in view.actions if each.enabled])
    with pytest.raises(RefusedError):
        await refund(shop, request, CHAIR)
    shop.world.faults.up("release")
    await shop.ended(request)
    with pytest.raises(ClosedError):
        await refund(shop, request, CHAIR)


@pytest.mark.usefixtures("silent_provider")
async def test_a_provider_that_does_not_answer_is_not_waited_for(shop: Shop) -> None:
    request = await shop.paid()
    shop.world.faults.down("refund")
    view = await refund(shop, request, CHAIR)
    assert (view.payment_status, refunds(view)) == (PaymentStatus.REFUND_PENDING, [])
    with pytest.raises(RefusedError, match="SKU-CHAIR: 2 to refund, 1 left"):
        await refund(shop, request, CHAIRS)
    shop.world.faults.up("refund")
    await shop.until(request, lambda view: view.payment_status == PaymentStatus.PARTLY_REFUNDED)


@pytest.mark.skips_time
@pytest.mark.usefixtures("silent_provider")
async def test_a_refund_of_lines_that_is_stuck_holds_up_no_other(shop: Shop) -> None:
    request = await shop.paid()
    shop.world.faults.down("refund", "release_lines")
    await refund(shop, request, CHAIR)
    money, stock = f"refund/pay-{request.order_id}/lines-1", "release/reservation/lines-1"
    stuck = await shop.until_stuck(request, money, stock)
    assert (stuck.status, stuck.attention) == (OrderStatus.FULFILLING, "refund_failed")
    shop.world.faults.up("release_lines")
    await shop.resolve(request, stock, "retry")
    await shop.resolve(request, money, "resolve", reason="sent", reference="transfer 1")
    view = await shop.until(request, lambda view: not view.stuck)
    assert (view.payment_status, view.ledger[-1].reference) == (PaymentStatus.PARTLY_REFUNDED, "transfer 1")
    assert shop.world.inventory.available["SKU-CHAIR"] == 99
    shop.world.faults.up("refund")
    await shop.cancel(request)
    assert (await shop.ended(request)).attention is None
    assert shop.world.payments.kept(request.order_id) == 0


@pytest.mark.skips_time
async def test_pieces_that_somebody_leaves_reserved_are_not_told_as_released(shop: Shop) -> None:
    request = await shop.paid()
    shop.world.faults.down("release_lines")
    await refund(shop, request, CHAIR)
    await shop.until_stuck(request, "release/reservation/lines-1")
    await shop.resolve(request, "release/reservation/lines-1", "skip", reason="counted anew tonight")
    view = await shop.until(request, lambda view: not view.stuck)
    assert view.attention is None
    assert "release of 1 piece: skipped, by ana: counted anew tonight" in texts(view)
    assert "stock released: 1 piece" not in texts(view)
    assert shop.world.inventory.count("held") == 3
