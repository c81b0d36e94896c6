"""The time a customer has to pay in, which an operator may extend while it runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import FindPayments, FoundPayments
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.models import ExtendPaymentWindow, OrderStatus
from workflows.orders.payments.records import Deadline
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import MAX_PAUSE, MIN_PAUSE, pauses, retry_until_done, round_of
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.steps.tasks import run_unless, wait_until
from workflows.orders.views.wording import duration, moment

RECEIVING = StepRef(StepKind.RECEIVE, "receiving payments")


class PaymentWindow:
    """Runs from when the stock is reserved until the order is paid, closes, or the deadline has passed.

    In one workflow task signals and updates come before timers: a payment or an extension wins over the window's end,
    also in a replay.
    """

    def __init__(self, state: OrderState, emails: EmailSender) -> None:
        self._state = state
        self._emails = emails

    async def run(self) -> None:
        """Wait until the payment is in the ledger; if none comes in time, the order closes as expired."""
        deadline = Deadline.first(self._state.now, timedelta(seconds=self._state.request.payment_window_seconds))
        self._state.pay_by = deadline
        while self._state.closing_as is None:
            self._state.await_payment(self._state.pay_by.at)
            if self._state.status == OrderStatus.AWAITING_PAYMENT:
                self._emails.send(Milestone.PLEASE_PAY)
            elif self._state.waits_for_payment and self._state.payments.parts:
                self._emails.tell_rest()
            await self._payment_in_time()
            payments = self._state.payments.paying
            if not payments:
                if self._state.waits_for_payment and self._state.is_paid:  # what it cost was cancelled
                    self._state.await_payment(self._state.pay_by.at)
                return
            await wait_until(lambda: all(payment.booked() for payment in payments))  # noqa: B023 - waited for here
            if not any(payment.rejected_by_ledger for payment in payments):
                self._emails.send(Milestone.PAID)
                return

    def extend(self, extension: ExtendPaymentWindow) -> None:
        """Move the deadline of a running window; the customer is reminded of the new one, too."""
        if self._state.pay_by is None:
            return
        more = timedelta(seconds=extension.seconds)
        self._state.pay_by = deadline = self._state.pay_by.later(self._state.now, more)
        self._state.due_at = deadline.at
        words = f"payment window extended by {duration(more)}, to {moment(deadline.at)}, by {extension.by}"
        self._state.note(f"{words}: {extension.reason}")

    async def _payment_in_time(self) -> None:
        while self._state.pay_by is not None and not self._is_over(self._state.pay_by):
            await self._wait_for(self._state.pay_by)

    async def _wait_for(self, deadline: Deadline) -> None:
        """Remind of the deadline, then close the order; return early if the window is over or extended."""
        before = timedelta(seconds=self._state.policy.reminder_seconds)
        if before:
            reminder = deadline.remind_at(before)
            if reminder > self._state.now and await self._over_by(reminder, deadline):
                return
            if self._asks_customer() and self._state.now < deadline.at:
                self._emails.send(Milestone.PAY_REMINDER, number=deadline.number)
        if not await self._over_by(deadline.at, deadline) and not await self._comes_late(deadline):
            self._state.close_as(OrderStatus.EXPIRED, "not paid in time")

    def _asks_customer(self) -> bool:
        """Return whether only money of the customer is missing, and not a decision of the operator."""
        parts, parked = self._state.payments.parts, self._state.payments.parked
        return self._state.waits_for_payment and parts == parked

    async def _over_by(self, end: datetime, deadline: Deadline) -> bool:
        left = max(end - self._state.now, timedelta(0))
        return await wait_until(lambda: self._is_over(deadline), left, "payment window")

    async def _comes_late(self, deadline: Deadline) -> bool:
        """Wait for payments that the intake has recorded and could not forward yet, such as to a paused order.

        Return whether the order is paid, closes or has another deadline; False if nothing is on its way.
        """
        intervals = pauses(MIN_PAUSE, MAX_PAUSE)
        try:
            while (found := await self._find_payments(deadline)) is not None:
                if not found.payment_ids:
                    return False
                await self._await_forwarding(found.payment_ids, deadline, next(intervals))
            return True
        finally:
            self._state.stuck.settle(RECEIVING)

    async def _await_forwarding(self, payment_ids: Sequence[str], deadline: Deadline, within: timedelta) -> None:
        """Let people see what is waited for: an intake that was terminated forwards nothing."""
        stuck = self._state.stuck
        ref = replace(RECEIVING, name=f"receiving {', '.join(payment_ids)}")
        stuck.begin_round(ref)
        stuck.failed(ref, "it is in the ledger, and its intake has not forwarded it")
        await wait_until(lambda: self._is_over(deadline) or stuck.woken(ref), within, "payments on their way")

    async def _find_payments(self, deadline: Deadline) -> FoundPayments | None:
        """Return which payments the order does not know, or None if its window is over in another way."""
        found = await run_unless(lambda: self._is_over(deadline), self._ask_ledger())
        return None if self._is_over(deadline) else found

    async def _ask_ledger(self) -> FoundPayments:
        known = [payment.payment_id for payment in self._state.payments.views()]
        step = FindPayments(order_id=self._state.request.order_id, known=known)
        ref = StepRef(StepKind.ASK_LEDGER, "asking the ledger for payments")
        return await retry_until_done(self._state.stuck, ref, round_of(OrderActivities.find_payments, step))

    def _is_over(self, deadline: Deadline) -> bool:
        """Return whether the order is paid, closes, or has another deadline."""
        state = self._state
        return state.is_paid or state.closing_as is not None or state.pay_by is not deadline
