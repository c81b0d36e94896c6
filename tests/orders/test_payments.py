"""Payments that come twice, wrong, early, late or to the wrong order: no money is ever lost."""

from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tests.support.orders import TOTAL, Shop, open_shop, order, payment, stocked
from workflows.orders.models import CancelOrder, OrderStatus, PaymentStatus
from workflows.orders.ports import CaptureRefusedError
from workflows.orders.views.models import OrderView
from workflows.shared import summary


def ledger(view: OrderView) -> list[tuple[str, str, int]]:
    return [(entry.kind, entry.payment_id, entry.amount) for entry in view.ledger]


def came_and_went(view: OrderView, payment_id: str) -> bool:
    return [entry.kind for entry in view.ledger if entry.payment_id == payment_id] == ["capture", "refund"]


async def test_the_same_confirmation_again_changes_nothing(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=3600)
    once = payment("pay-once")
    await shop.pay(request, once)
    outcome = await shop.pay(request, once)
    assert outcome.refusal is None
    assert outcome.snapshot.view.refusals == []
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert ledger(view) == [("capture", "pay-once", TOTAL)]


async def test_a_known_payment_with_another_amount_is_refused_and_captures_nothing(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=3600)
    await shop.pay(request, payment("pay-contradicted"))
    outcome = await shop.pay(request, payment("pay-contradicted", amount=1))
    assert outcome.refusal is not None
    assert outcome.snapshot.view.refusals[-1].payment_id == "pay-contradicted"
    assert outcome.refusal == (
        "payment pay-contradicted was confirmed with $120.00 before, now with $0.01; the first counts"
    )
    await shop.cancel(request)
    assert ledger(await shop.ended(request)) == [
        ("capture", "pay-contradicted", TOTAL),
        ("refund", "pay-contradicted", TOTAL),
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "money", "attention"),
    [
        (TOTAL - 1, "USD", "$119.99", "amount_mismatch"),
        (TOTAL + 1, "USD", "$120.01", "amount_mismatch"),
        (TOTAL, "EUR", "€120.00", "currency_mismatch"),
    ],
)
async def test_a_wrong_amount_goes_back_and_the_order_goes_on_waiting(
    client: Client, amount: int, currency: str, money: str, attention: str
) -> None:
    async with open_shop(client, stocked(payment_too_little="refund", payment_too_much="refund")) as shop:
        request = await shop.start()
        wrong = payment(amount=amount, currency=currency)
        outcome = await shop.pay(request, wrong)
        assert outcome.refusal == (f"the order costs $120.00, not {money}; {money} goes back to {wrong.payment_id}")
        assert outcome.snapshot.view.status == OrderStatus.AWAITING_PAYMENT

        waiting = await shop.until(request, lambda view: came_and_went(view, wrong.payment_id))
        assert waiting.attention == attention
        assert waiting.payment_status == PaymentStatus.UNPAID
        row = (await shop.handle(request).describe()).typed_search_attributes
        assert row[summary.ATTENTION] == attention

        right = await shop.pay(request)
        assert right.snapshot.view.attention is None
        assert right.snapshot.view.payment_status == PaymentStatus.PAID
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED
        assert len(shop.world.payments.refunds) == 1


async def test_a_mismatch_is_settled_when_the_order_closes(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment(amount=1))
    await shop.cancel(request)
    view = await shop.ended(request)
    assert view.attention is None
    assert view.payment_status == PaymentStatus.REFUNDED


async def test_a_second_payment_goes_back(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=3600)
    await shop.pay(request, payment("pay-first"))
    outcome = await shop.pay(request, payment("pay-second"))
    assert outcome.refusal == ("the order is paid already, with pay-first; $120.00 goes back to pay-second")
    view = await shop.until(request, lambda view: came_and_went(view, "pay-second"))
    assert view.status == OrderStatus.FULFILLING
    assert view.payment_status == PaymentStatus.PAID
    assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_a_payment_before_the_stock_is_reserved_counts(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = order()
    await shop.orders.start(request)
    early = await shop.pay(request)
    assert (early.refusal, early.snapshot.view.status, early.snapshot.view.payment_status) == (
        None,
        OrderStatus.CREATED,
        PaymentStatus.PAID,
    )
    shop.world.faults.up("reserve")
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert f"{request.order_id}/please-pay" not in shop.world.mailer.sent


async def test_a_payment_for_an_order_that_is_rejected_goes_back(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = order(lines=[{"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": TOTAL}])
    await shop.orders.start(request)
    await shop.pay(request, payment("pay-early"))
    shop.world.faults.up("reserve")
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.REJECTED, PaymentStatus.REFUNDED)
    assert came_and_went(view, "pay-early")
    assert "You get back $120.00." in shop.world.mailer.sent[f"{request.order_id}/rejected"][2]


async def test_a_payment_while_the_order_is_being_cancelled_goes_back_before_it_ends(shop: Shop) -> None:
    shop.world.faults.down("release")
    request = await shop.start()
    await shop.cancel(request)
    late = payment("pay-late")
    outcome = await shop.pay(request, late)
    assert outcome.refusal == "the order is being cancelled; $120.00 goes back to pay-late"
    shop.world.faults.up("release")
    view = await shop.ended(request)
    assert came_and_went(view, "pay-late")
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)


@pytest.mark.parametrize("looks", range(0, 12, 2))
async def test_a_payment_that_arrives_as_the_order_closes_is_not_lost(shop: Shop, looks: int) -> None:
    """The looks let the order come nearer to its end before the payment arrives: a little more in each test."""
    request = await shop.start()
    await shop.handle(request).signal("cancel_order", CancelOrder(reason="no", requested_by="ada"))
    for _ in range(looks):
        await shop.orders.get_status(request.order_id)
    late = payment()
    try:
        await shop.handle(request).signal("confirm_payment", late)
    except RPCError as error:
        taken = False
        closed = error.status == RPCStatusCode.NOT_FOUND
    else:
        taken = True
        closed = False
    view = await shop.ended(request)
    assert taken != closed
    assert came_and_went(view, late.payment_id) == taken
    assert len(view.refusals) == taken
    assert shop.world.payments.kept(request.order_id) == 0


async def test_one_payment_pays_one_order(shop: Shop) -> None:
    first = await shop.start()
    second = await shop.start()
    shared = payment()
    await shop.pay(first, shared)
    await shop.ended(first)
    await shop.pay(second, shared)
    waiting = await shop.until(second, lambda view: bool(view.refusals))
    assert (waiting.status, waiting.payment_status) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.UNPAID)
    assert waiting.due_at is not None
    assert f"for order {first.order_id}" in waiting.refusals[0].reason
    await shop.pay(second)
    assert (await shop.ended(second)).status == OrderStatus.DELIVERED
    assert shop.world.payments.kept(first.order_id) == shop.world.payments.kept(second.order_id) == TOTAL


async def test_what_was_paid_for_another_order_is_not_sent_back(shop: Shop) -> None:
    first = await shop.start()
    shared = payment()
    await shop.pay(first, shared)
    await shop.ended(first)
    second = await shop.start(fulfilment_seconds_per_step=3600)
    await shop.pay(second)
    await shop.pay(second, shared)
    conflict = f"for order {first.order_id}"
    await shop.until(second, lambda view: any(conflict in refused.reason for refused in view.refusals))
    await shop.cancel(second)
    await shop.until_status(second, OrderStatus.CANCELLED)
    assert shop.world.faults.calls["refund"] == 1, "that of the second order's own payment"
    assert (await shop.ended(second)).payment_status == PaymentStatus.REFUNDED
    assert shop.world.payments.kept(first.order_id) == TOTAL


async def test_a_payment_that_was_confirmed_before_it_was_captured_counts_when_it_comes_again(shop: Shop) -> None:
    request = await shop.start()
    early = payment()
    shop.world.faults.down("record_capture", error=CaptureRefusedError(early.payment_id, "it is processing"))
    await shop.pay(request, early)
    waiting = await shop.until(request, lambda view: bool(view.refusals))
    assert (waiting.status, waiting.payment_status) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.UNPAID)
    shop.world.faults.up("record_capture")
    await shop.pay(request, early)
    assert (await shop.until_status(request, OrderStatus.DELIVERED)).payment_status == PaymentStatus.PAID
    assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_a_ledger_that_is_down_holds_the_order_and_says_so(patient_shop: Shop) -> None:
    request = await patient_shop.start()
    patient_shop.world.faults.down("record_capture")
    await patient_shop.pay(request)
    await patient_shop.pass_time(timedelta(minutes=2))
    view = await patient_shop.orders.get_order(request.order_id)
    assert (view.status, view.attention) == (OrderStatus.PAID, "ledger_unavailable")
    patient_shop.world.faults.up("record_capture")
    await patient_shop.pass_time(timedelta(minutes=5))
    view = await patient_shop.ended(request)
    assert (view.status, view.attention) == (OrderStatus.DELIVERED, None)
    assert patient_shop.world.payments.kept(request.order_id) == TOTAL


async def test_of_a_payment_and_its_timeout_in_one_task_the_payment_wins(client: Client) -> None:
    async with open_shop(client) as shop:
        request = await shop.start(payment_window_seconds=2)
    # Nobody works now, so that the payment and the end of the window wait for one workflow task.
    await shop.handle(request).signal("confirm_payment", payment())
    await shop.until_event(request, "TIMER_FIRED")
    async with shop.worker(cached=0):
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_of_the_timeout_and_a_payment_right_after_it_the_payment_wins(client: Client) -> None:
    async with open_shop(client) as shop:
        request = await shop.start(payment_window_seconds=1)
    await shop.until_event(request, "TIMER_FIRED")
    await shop.handle(request).signal("confirm_payment", payment())
    async with shop.worker(cached=0):
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED
