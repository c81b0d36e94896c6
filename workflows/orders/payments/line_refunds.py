"""Refunds of an order's lines, or of an amount: decided at once, sent and put back into stock in the background."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.goods.stock import Stock
from workflows.orders.models import CancelOrder
from workflows.orders.payments.booking import PaymentBooking
from workflows.orders.payments.records import BY_AMOUNT, PendingRefund
from workflows.orders.payments.refund_models import RefundAmount, RefundLines
from workflows.orders.payments.refund_rules import RefundPlan, Withdrawal, plan_refund, why_not_refund_amount
from workflows.orders.pricing import merged
from workflows.orders.state import OrderState
from workflows.orders.steps.tasks import Background, wait_until
from workflows.orders.views.refusals import refuse_if
from workflows.shared.money import format_money

ANSWER_TIMEOUT = timedelta(seconds=3)
"""How long the update waits for the provider before it answers that the refund is pending."""


@dataclass
class LineRefunds:
    """Decides a refund in one step and counts it at once, so that concurrent refunds never exceed the payment."""

    _state: OrderState
    _booking: PaymentBooking
    _stock: Stock
    _emails: EmailSender
    _cancel: Callable[[CancelOrder], None]
    _jobs: Background

    async def refund(self, wanted: RefundLines) -> None:
        """Refund what the rules allow, and wait a little until it is sent.

        Raises:
            ApplicationError: another update has come since this one was validated, and it is not possible any more.
        """
        plan = plan_refund(self._state, wanted.lines)
        number = self._state.payments.next_part("lines")
        due = self._state.payments.owe(f"lines-{number}", plan.amount)
        self._state.refunded_lines = merged([*self._state.refunded_lines, *plan.lines])
        self._state.note(f"refund of {plan.money} for {plan.words} decided by {wanted.by}: {wanted.reason}")
        if plan.ends_order:
            self._cancel(CancelOrder(reason=wanted.reason, requested_by=wanted.by))
        else:
            for withdrawal in plan.withdrawals:
                self._withdraw(withdrawal, number)
        if self._state.closing_as is None:  # else it goes back with the rest
            for payment, part in due:
                self._booking.pay_back(payment, part)
        parts = [part for _, part in due]
        self._jobs.start(self._tell_customer(plan, number, parts))
        await wait_until(lambda: _all_sent(parts), ANSWER_TIMEOUT, "answer about a refund")

    def _withdraw(self, withdrawal: Withdrawal, number: int) -> None:
        shipment, held = withdrawal.shipment, withdrawal.held
        shipment.withdraw(held, withdrawal.lines)
        key = f"{held.reservation_id}/lines-{number}"
        self._state.line_releases.add(key)
        self._jobs.start(self._stock.release_lines(key, held.reservation_id, withdrawal.lines))

    async def refund_amount(self, wanted: RefundAmount) -> None:
        """Refund an amount that the rules allow, and wait a little until it is sent.

        Raises:
            ApplicationError: another update has come since this one was validated, and it is not possible any more.
        """
        refuse_if(why_not_refund_amount(self._state, wanted))
        payments, money = self._state.payments, format_money(wanted.amount, wanted.currency)
        number = payments.next_part(BY_AMOUNT)
        due = payments.owe(f"{BY_AMOUNT}-{number}", wanted.amount)
        self._state.note(f"refund of {money} decided by {wanted.by}: {wanted.reason}")
        for payment, part in due:
            self._booking.pay_back(payment, part)
        parts = [part for _, part in due]
        self._jobs.start(self._tell_of_amount(number, money, parts))
        await wait_until(lambda: _all_sent(parts), ANSWER_TIMEOUT, "answer about a refund")

    async def _tell_of_amount(self, number: int, money: str, parts: list[PendingRefund]) -> None:
        await wait_until(lambda: _all_sent(parts))
        self._emails.tell_refunded_amount(number, money)

    async def _tell_customer(self, plan: RefundPlan, number: int, parts: list[PendingRefund]) -> None:
        await wait_until(lambda: _all_sent(parts))
        self._emails.tell_refunded(number, plan.money, plan.lines)


def _all_sent(parts: list[PendingRefund]) -> bool:
    return all(part.sent() for part in parts)
