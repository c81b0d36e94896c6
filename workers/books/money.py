"""Who has captured money: an order, a payment intake, the shop, or nobody. Pure functions."""

from dataclasses import dataclass

from workers.books.findings import Finding, Remedies, money
from workers.books.runs import Run
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderStatus
from workflows.orders.payment_intake.activities import is_kept
from workflows.orders.views.models import CaptureStatus, OrderView, PaymentView

PAID = frozenset({OrderStatus.PAID, OrderStatus.FULFILLING, OrderStatus.SHIPPED, OrderStatus.DELIVERED})
"""Stages of an order that knows its payment."""


@dataclass(frozen=True)
class Captured:
    """A capture of the ledger; amounts in minor units."""

    payment_id: str
    order_id: str
    amount: int
    currency: str
    refunded: int
    siblings: int
    """Captures of its order, itself included."""

    @property
    def left(self) -> int:
        """What has not gone back."""
        return self.amount - self.refunded


@dataclass(frozen=True)
class KnownOrder:
    """What is known of an order: how it ended, its latest run, and what it says itself if it had to be asked."""

    outcome: OrderView | None = None
    run: Run | None = None
    view: OrderView | None = None
    goods_left: bool = False
    """Whether a parcel is with the customer, or on its way."""

    @property
    def words(self) -> str:
        """How it stands, for people."""
        if self.outcome is not None:
            return f"ended as {self.outcome.status}"
        return self.run.words if self.run else "is unknown"


def must_ask(capture: Captured, run: Run) -> bool:
    """Return whether only the running order can say whether it knows the payment."""
    paid_exactly = run.stage in PAID and capture.siblings == 1 and run.amount == capture.left
    return run.running and not paid_exactly


def unowned(capture: Captured, order: KnownOrder, *, intake_runs: bool) -> int:
    """Return how much of the capture has no owner, in minor units."""
    if intake_runs:
        return 0
    if order.outcome is not None:
        return max(0, capture.left - _kept(order.outcome, capture.payment_id))
    if order.run is None:
        return 0 if order.goods_left else capture.left
    if order.run.running:
        return 0 if order.view is None or _knows(order.view, capture.payment_id) else capture.left
    return capture.left


def judge_capture(capture: Captured, order: KnownOrder, remedies: Remedies, *, intake_runs: bool) -> Finding | None:
    """Return what is wrong with a capture, or None."""
    amount = unowned(capture, order, intake_runs=intake_runs)
    if not amount:
        return None
    what, mend = "capture without an owner", remedies.mend("payment", capture.payment_id)
    if order.outcome is None and order.run is not None:
        what = "payment that its order forgot" if order.run.running else "money of an order that has stopped"
        mend = mend if order.run.running else remedies.reset(order.run)
    amount_words = f"{money(amount, capture.currency)}, and order {capture.order_id} {order.words}"
    return Finding(what, f"payment {capture.payment_id}", amount_words, mend)


@dataclass(frozen=True)
class Refunded:
    """What went back of one payment, and its capture: None where there is none."""

    payment_id: str
    refunded: int
    currency: str
    captured: int | None
    matches: bool
    """Whether order and currency are those of the capture."""


def judge_refunds(refunds: Refunded, remedies: Remedies, order_id: str) -> Finding | None:
    """Return what is wrong with the refunds of a payment, or None."""
    if refunds.captured is None:
        what = "refund without a capture"
    elif refunds.refunded > refunds.captured:
        what = "refunds above their capture"
    elif not refunds.matches:
        what = "refund of another order or currency than its capture"
    else:
        return None
    captured = "nothing" if refunds.captured is None else money(refunds.captured, refunds.currency)
    amount = f"{money(refunds.refunded, refunds.currency)} went back, {captured} was captured, for order {order_id}"
    return Finding(what, f"payment {refunds.payment_id}", amount, remedies.query(workflow_id(order_id), "get_order"))


def _find(view: OrderView, payment_id: str) -> PaymentView | None:
    return next((payment for payment in view.payments if payment.payment_id == payment_id), None)


def _knows(view: OrderView, payment_id: str) -> bool:
    payment = _find(view, payment_id)
    return payment is not None and payment.status != CaptureStatus.REJECTED_BY_LEDGER


def _kept(outcome: OrderView, payment_id: str) -> int:
    """Return what an ended order has earned of a payment."""
    payment = _find(outcome, payment_id)
    if payment is None or payment.status != CaptureStatus.APPLIED or not is_kept(outcome, payment, is_open=False):
        return 0
    return payment.amount - sum(part.amount for part in payment.parts)
