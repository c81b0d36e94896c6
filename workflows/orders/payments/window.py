"""The time a customer has to pay in, which an operator may extend while it runs."""

from datetime import datetime, timedelta

from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.edition import Edition
from workflows.orders.models import ExtendPaymentWindow, OrderStatus
from workflows.orders.payments.deadline import Deadline
from workflows.orders.payments.records import Payment
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import wait_until
from workflows.orders.views.wording import duration, moment


class PaymentWindow:
    """Runs from when the stock is reserved until the order is paid, closes, or the deadline has passed.

    In one workflow task signals and updates come before timers. So of a payment and the end of the window the payment
    wins, and of an extension and the end of the window the extension does; a replay decides the same.
    """

    def __init__(self, state: OrderState, correspondence: EmailSender) -> None:
        self._state = state
        self._correspondence = correspondence

    async def run(self) -> None:
        """Wait until the payment is in the ledger; an order that is not paid in time is to close as expired."""
        deadline = Deadline.first(self._state.now, timedelta(seconds=self._state.request.payment_window_seconds))
        self._state.pay_by = deadline
        while self._state.closing_as is None:
            self._state.await_payment(self._state.pay_by.at)
            if self._state.status == OrderStatus.AWAITING_PAYMENT:
                self._correspondence.send(Milestone.PLEASE_PAY)
            payment = await self._payment_in_time()
            if payment is None:
                return
            await wait_until(payment.booked)
            if not payment.rejected_by_ledger:
                self._correspondence.send(Milestone.PAID)
                return

    def extend(self, extension: ExtendPaymentWindow) -> None:
        """Move the deadline of a window that runs; the customer is reminded of the new one, too."""
        if self._state.pay_by is None:
            return
        more = timedelta(seconds=extension.seconds)
        deadline = self._state.pay_by.later(self._state.now, more)
        words = f"payment window extended by {duration(more)}, to {moment(deadline.at)}, by {extension.by}"
        self._state.move_deadline(deadline, f"{words}: {extension.reason}")

    async def _payment_in_time(self) -> Payment | None:
        while self._state.pay_by is not None and not self._happened(self._state.pay_by):
            await self._wait_for(self._state.pay_by)
        return self._state.payments.accepted

    async def _wait_for(self, deadline: Deadline) -> None:
        """Remind of the deadline, then close the order; return as soon as something happens instead."""
        reminder = self._reminder_of(deadline)
        if reminder is not None:
            if reminder > self._state.now and await self._happened_until(reminder, deadline):
                return
            if self._state.status == OrderStatus.AWAITING_PAYMENT and self._state.now < deadline.at:
                self._correspondence.remind(deadline.number)
        if not await self._happened_until(deadline.at, deadline):
            self._state.close_as(OrderStatus.EXPIRED, "not paid in time")

    def _reminder_of(self, deadline: Deadline) -> datetime | None:
        before = timedelta(seconds=self._state.policy.reminder_seconds)
        return deadline.remind_at(before) if before and self._state.edition >= Edition.SECOND else None

    async def _happened_until(self, end: datetime, deadline: Deadline) -> bool:
        left = max(end - self._state.now, timedelta(0))
        return await wait_until(lambda: self._happened(deadline), left, "payment window")

    def _happened(self, deadline: Deadline) -> bool:
        """Return whether the order was paid, closes, or has another deadline."""
        state = self._state
        return state.payments.accepted is not None or state.closing_as is not None or state.pay_by is not deadline
