"""Too little, too much, another currency, one payment too many: parked, accepted or refunded, as the policy says."""

import pytest
from temporalio.client import Client

from tests.support.orders import DAY, HOUR, TOTAL, Shop, action, moves, open_shop, payment, stocked, texts
from workflows.orders.models import OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import OrderView
from workflows.orders.views.wording import moment
from workflows.shared.errors import RefusedError

NEEDS_ACTION, UNPAID = (OrderStatus.NEEDS_ACTION, "amount_mismatch"), (OrderStatus.AWAITING_PAYMENT, None)


def stage(view: OrderView) -> tuple[OrderStatus, str | None]:
    return view.status, view.attention


async def test_too_little_is_parked_until_somebody_decides(shop: Shop) -> None:
    request = await shop.start()
    before = (await shop.orders.get_order(request.order_id)).due_at
    outcome = await shop.pay(request, payment("pay-short", amount=TOTAL - 1))
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert (outcome.refusal, view.refusals) == (None, [])
    assert before is not None
    assert outcome.effect == f"received $119.99 of $120.00, $0.01 missing until {moment(before)}"
    assert f"payment pay-short: {outcome.effect}" in texts(view)
    assert (stage(view), view.payment_status) == (NEEDS_ACTION, PaymentStatus.PARTLY_PAID)
    assert view.reason == "received $119.99 of $120.00, $0.01 missing"
    assert view.due_at == before
    assert [(parked.payment_id, parked.amount) for parked in view.parked] == [("pay-short", TOTAL - 1)]
    assert moves(view, "pay-short") == [("capture", TOTAL - 1)]
    effect = "accepts $119.99 from pay-short and waives $0.01, or refunds $119.99"
    assert action(view, "decide_payment").effect == effect
    assert "refunds $119.99 to pay-short" in (action(view).effect or "")


async def test_too_little_that_is_accepted_waives_the_rest_and_says_so(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-waived", amount=TOTAL - 1))
    view = await shop.decide_payment(request, "pay-waived", "accept")
    assert (stage(view), view.reason, view.parked) == ((OrderStatus.PAID, None), None, [])
    said = {"$119.99 from pay-waived accepted by dora: a regular", "paid with pay-waived; $0.01 waived"}
    assert said <= set(texts(view))
    ended = await shop.ended(request)
    assert (ended.status, ended.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PAID)
    assert shop.world.payments.kept(request.order_id) == TOTAL - 1
    assert "we have received $119.99" in shop.world.mailer.sent[f"{request.order_id}/paid"][2]


async def test_parked_payments_that_are_refused_go_back_one_by_one_and_the_order_waits_on(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-refused", amount=1))
    await shop.pay(request, payment("pay-b", amount=2))
    assert stage(await shop.decide_payment(request, "pay-refused", "refund")) == NEEDS_ACTION
    view = await shop.decide_payment(request, "pay-b", "refund")
    assert (stage(view), view.reason) == (UNPAID, None)
    assert view.due_at is not None
    await shop.pay(request)
    ended = await shop.ended(request)
    assert ended.status == OrderStatus.DELIVERED
    assert moves(ended, "pay-refused") == [("capture", 1), ("refund", 1)]
    to, _, body = shop.world.mailer.sent["payment/pay-refused/returned"]
    assert (to, "refused by dora: a regular" in body) == ("ada@example.com", True)


async def test_a_parked_payment_goes_back_when_the_exact_one_comes(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-first-try", amount=1))
    outcome = await shop.pay(request, payment("pay-exact"))
    assert (outcome.snapshot.view.payment_status, outcome.snapshot.view.attention) == (PaymentStatus.PAID, None)
    ended = await shop.ended(request)
    assert moves(ended, "pay-first-try") == [("capture", 1), ("refund", 1)]
    assert shop.world.payments.kept(request.order_id) == TOTAL
    assert "the order is paid with pay-exact" in shop.world.mailer.sent["payment/pay-first-try/returned"][2]


async def test_a_parked_payment_goes_back_when_the_order_is_cancelled(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-parked", amount=1))
    await shop.cancel(request)
    ended = await shop.ended(request)
    assert (stage(ended), ended.parked) == ((OrderStatus.CANCELLED, None), [])
    assert ended.payment_status == PaymentStatus.REFUNDED
    assert moves(ended, "pay-parked") == [("capture", 1), ("refund", 1)]
    assert "You get back $0.01." in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]
    assert "payment/pay-parked/returned" not in shop.world.mailer.sent, "the customer is told twice"


async def test_an_order_that_has_its_stock_needs_the_decision_about_an_early_payment(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin()
    await shop.pay(request, payment("pay-early-and-short", amount=1))
    shop.world.faults.up("reserve")
    view = await shop.until_status(request, OrderStatus.NEEDS_ACTION)
    assert view.due_at is not None
    await shop.decide_payment(request, "pay-early-and-short", "accept")
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_too_much_is_accepted_and_the_excess_goes_back(shop: Shop) -> None:
    request = await shop.start()
    outcome = await shop.pay(request, payment("pay-generous", amount=TOTAL + 1_000))
    assert (outcome.refusal, outcome.effect) == (None, "received $130.00; $10.00 too much goes back")
    assert "paid with pay-generous; $10.00 too much goes back" in texts(outcome.snapshot.view)
    ended = await shop.ended(request)
    assert (ended.status, ended.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert moves(ended) == [("capture", TOTAL + 1_000), ("refund", 1_000)]
    assert set(shop.world.payments.refunds) == {f"{request.order_id}/refund/pay-generous/excess"}
    mail = shop.world.mailer.sent[f"{request.order_id}/paid"][2]
    assert "we have received $130.00 ($10.00 of it goes back to you)" in mail


@pytest.mark.parametrize("answers_lost", [0, 3])
async def test_the_rest_goes_back_when_the_order_is_cancelled_after_the_excess(shop: Shop, answers_lost: int) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    shop.world.faults.lose_answers("refund", answers_lost)
    view = (await shop.pay(request, payment("pay-in-vain", amount=TOTAL + 1_000))).snapshot.view
    assert "refunds $120.00 to pay-in-vain" in (action(view).effect or "")
    if not answers_lost:
        await shop.until(request, lambda view: view.payment_status == PaymentStatus.PARTLY_REFUNDED)
    await shop.cancel(request)
    ended = await shop.ended(request)
    assert ended.payment_status == PaymentStatus.REFUNDED
    assert sorted(moves(ended)) == [("capture", TOTAL + 1_000), ("refund", 1_000), ("refund", TOTAL)]
    parts = {key.rpartition("/")[2] for key in shop.world.payments.refunds}
    assert parts == {"excess", "rest"}
    assert "You get back $120.00." in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]


@pytest.mark.parametrize(
    ("decision", "status", "kept"),
    [("accept", PaymentStatus.PARTLY_REFUNDED, TOTAL), ("refund", PaymentStatus.REFUNDED, 0)],
)
async def test_too_much_may_be_parked(client: Client, decision: str, status: PaymentStatus, kept: int) -> None:
    async with open_shop(client, stocked(payment_too_much="park")) as shop:
        request = await shop.start()
        outcome = await shop.pay(request, payment("pay-over", amount=TOTAL + 1))
        view, kept_aside = outcome.snapshot.view, "received $120.01, kept aside until somebody decides"
        assert (view.refusals, outcome.effect) == ([], f"{kept_aside}: the order costs $120.00, not $120.01")
        effect = "accepts pay-over and refunds $0.01 of it, or refunds $120.01"
        assert action(view, "decide_payment").effect == effect
        await shop.decide_payment(request, "pay-over", decision)
        if decision == "refund":
            await shop.cancel(request)
        assert (await shop.ended(request)).payment_status == status
        assert shop.world.payments.kept(request.order_id) == kept


async def test_another_currency_is_never_converted(client: Client) -> None:
    async with open_shop(client, stocked(payment_other_currency="park")) as shop:
        request = await shop.start()
        view = (await shop.pay(request, payment("pay-euro", currency="EUR"))).snapshot.view
        assert stage(view) == (OrderStatus.NEEDS_ACTION, "currency_mismatch")
        why = "the order is in USD, and money is never converted; payment pay-euro can only be refunded"
        with pytest.raises(RefusedError, match=why) as refused:
            await shop.decide_payment(request, "pay-euro", "accept")
        assert refused.value.kind == "NotNow"
        await shop.decide_payment(request, "pay-euro", "refund")
        await shop.pay(request)
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED
        assert len(shop.world.payments.refunds) == 1


async def test_a_second_payment_is_parked_while_the_order_goes_on(client: Client) -> None:
    async with open_shop(client, stocked(payment_second="park")) as shop:
        request = await shop.paid(payment("pay-one"))
        view = (await shop.pay(request, payment("pay-two"))).snapshot.view
        assert stage(view) == (OrderStatus.FULFILLING, "second_payment")
        assert view.payment_status == PaymentStatus.PAID
        with pytest.raises(RefusedError, match="the order is paid already, with pay-one; payment pay-two can only be"):
            await shop.decide_payment(request, "pay-two", "accept")
        view = await shop.decide_payment(request, "pay-two", "refund")
        assert stage(view) == (OrderStatus.FULFILLING, None)
        await shop.until(request, lambda view: len(moves(view, "pay-two")) == 2)
        assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_a_second_payment_that_nobody_decides_goes_back_when_the_order_is_delivered(client: Client) -> None:
    async with open_shop(client, stocked(payment_second="park")) as shop:
        request = await shop.paid(payment("pay-a-first"))
        await shop.pay(request, payment("pay-a-second"))
        await shop.report(request, ShipmentStatus.SHIPPED)
        shipped = await shop.until_status(request, OrderStatus.SHIPPED)
        assert (shipped.attention, len(shipped.parked)) == ("second_payment", 1)
        await shop.report(request, ShipmentStatus.DELIVERED)
        ended = await shop.ended(request)
        assert (stage(ended), ended.parked) == ((OrderStatus.DELIVERED, None), [])
        assert moves(ended, "pay-a-second") == [("capture", TOTAL), ("refund", TOTAL)]
        assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_what_is_not_parked_cannot_be_decided(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=DAY)
    with pytest.raises(RefusedError, match="no payment pay-nobody has come for the order"):
        await shop.decide_payment(request, "pay-nobody", "refund")
    await shop.pay(request, payment("pay-fine"))
    with pytest.raises(RefusedError, match="payment pay-fine is not parked, it is applied") as refused:
        await shop.decide_payment(request, "pay-fine", "refund")
    assert refused.value.kind == "NotNow"
    assert (await shop.orders.get_order(request.order_id)).payment_status == PaymentStatus.PAID


async def test_a_payment_that_is_parked_here_and_captured_for_another_order_is_parked_no_more(shop: Shop) -> None:
    first, second = await shop.start(), await shop.start()
    shared = payment(amount=1)
    await shop.pay(first, shared)
    await shop.until(first, lambda view: bool(view.ledger))
    await shop.pay(second, shared)
    view = await shop.until(second, lambda view: bool(view.refusals))
    assert (stage(view), view.parked, len(view.refusals)) == (UNPAID, [], 1)
    assert shop.world.payments.kept(second.order_id) == 0
