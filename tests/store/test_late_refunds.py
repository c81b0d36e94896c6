"""Refunds of delivered orders are decided one at a time, and their money is set aside as they are."""

import asyncio
from functools import partial

from workers.store.engine import Store
from workers.store.late_refunds import SqlLateRefunds
from workers.store.ledger import Ledger
from workflows.orders.late_refunds.models import RefundPlan, RefundRequest
from workflows.orders.payments.records import late_part, refund_key
from workflows.orders.payments.refund_models import PaymentPart
from workflows.orders.ports import BookedPayment, Capture, NotRefundableError, Refund
from workflows.shared.items import hash_of


def request(refund_id: str) -> RefundRequest:
    """Return the wish to refund 60 cents."""
    return RefundRequest(
        refund_id=refund_id, order_id="ord", amount=60, currency="USD", by="ana", reason="it is broken"
    )


def plan(wanted: RefundRequest, payments: list[BookedPayment], earlier: list[RefundPlan]) -> RefundPlan:
    """Refund it if so much is left."""
    (payment,) = payments
    if payment.amount - sum(refund.amount for refund in payment.refunds) < 60:
        raise NotRefundableError(f"{len(earlier)} before")
    return RefundPlan(
        refund_id=wanted.refund_id,
        request_hash=hash_of(wanted),
        amount=60,
        currency="USD",
        parts=[PaymentPart(payment_id="pay", amount=60)],
        lines=[],
        restocked=[],
        words="an amount",
    )


async def test_refunds_that_are_decided_at_the_same_time_never_have_the_same_money(store: Store) -> None:
    ledger, refunds = Ledger(store), SqlLateRefunds(store)
    await ledger.book_capture(Capture("pay", "ord", 100, "USD"), "cap")
    wanted = [request(f"R{number}") for number in range(4)]
    answers = await asyncio.gather(
        *(refunds.decide(each, partial(plan, each)) for each in wanted), return_exceptions=True
    )
    (decided,) = [answer for answer in answers if isinstance(answer, RefundPlan)]
    assert {str(answer) for answer in answers if isinstance(answer, NotRefundableError)} == {"1 before"}
    mine = next(each for each in wanted if each.refund_id == decided.refund_id)
    assert await refunds.decide(mine, partial(plan, mine)) == decided
    key = refund_key("ord", "pay", late_part(decided.refund_id))
    assert await ledger.book_refund(Refund(key, "pay", "ord", 60, "USD"), "ref") == "ref"
    assert await refunds.decide(mine, partial(plan, mine)) == decided
