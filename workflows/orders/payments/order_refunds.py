"""Refunds of an order's lines, or of an amount: decided at once, recorded, then sent and put back into stock."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import NoteRefund
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.goods.shipments import count, without
from workflows.orders.goods.stock import Stock
from workflows.orders.models import CancelOrder
from workflows.orders.payments.booking import PaymentBooking
from workflows.orders.payments.held_refunds import needs_second_person, why_not_decide_refund
from workflows.orders.payments.records import BY_AMOUNT, Payment, PendingRefund
from workflows.orders.payments.refund_models import DecideRefund, HeldRefund, PaymentPart, RefundAmount, RefundLines
from workflows.orders.payments.refund_rules import RefundPlan, plan_refund, why_not_refund_amount
from workflows.orders.ports import DecidedRefund, LineRelease
from workflows.orders.pricing import merged
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import retry_until_done, round_of
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.steps.tasks import Background, wait_until
from workflows.orders.views.refusals import refuse_if
from workflows.orders.views.wording import pieces
from workflows.shared.money import format_money
from workflows.shared.refusals import refuse

ANSWER_TIMEOUT = timedelta(seconds=3)
"""How long the update waits for the provider before it answers that the refund is pending."""

BY_LINE = "lines"
"""What the names of parts begin with that are the price of pieces."""

Due = Sequence[tuple[Payment, PendingRefund]]


PAST = {"approve": "approved", "reject": "rejected"}
HELD = "refund"
"""What the IDs of refunds begin with that wait for a second person."""


class _Second(NamedTuple):
    """Who has approved a refund of somebody else's, and the ID of the update that asked for it."""

    person: str
    asked_in: str


@dataclass
class OrderRefunds:
    """Decides a refund in one step and counts it at once, so that concurrent refunds never exceed the payment.

    The store has each before anything of it is done. A run that finds one there does what is left of it; an update that
    a reset brings again is done already.
    """

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
        await self._state.ready()
        if self._is_repeated():
            return
        plan = plan_refund(self._state, wanted.lines)
        if needs_second_person(self._state, wanted.by, plan.amount):
            self._hold(wanted, plan.amount, plan.words)
        else:
            await self._refund_lines(wanted, plan)

    async def _refund_lines(self, wanted: RefundLines, plan: RefundPlan, second: "_Second | None" = None) -> None:
        part = f"{BY_LINE}-{self._state.payments.next_part(BY_LINE)}"
        due = self._state.payments.owe(part, plan.amount)
        self._state.refunded_lines = merged([*self._state.refunded_lines, *plan.lines])
        self._state.note(f"refund of {plan.money} for {plan.words} decided by {wanted.by}: {wanted.reason}")
        releases = []
        if not plan.ends_order:
            for each in plan.withdrawals:
                key = f"{each.held.reservation_id}/{part}"
                releases.append(LineRelease(release_key=key, reservation_id=each.held.reservation_id, lines=each.lines))
                each.shipment.withdraw(each.held, each.lines)
        decided = self._decided(part, wanted, due, second).model_copy(
            update={"lines": plan.lines, "releases": releases, "ends_order": plan.ends_order}
        )
        if plan.ends_order:
            self._cancel(CancelOrder(reason=wanted.reason, requested_by=wanted.by))
        await self._carry_out(decided, due)

    async def refund_amount(self, wanted: RefundAmount) -> None:
        """Refund an amount that the rules allow, and wait a little until it is sent.

        Raises:
            ApplicationError: another update has come since this one was validated, and it is not possible any more.
        """
        await self._state.ready()
        if self._is_repeated():
            return
        refuse_if(why_not_refund_amount(self._state, wanted))
        if needs_second_person(self._state, wanted.by, wanted.amount):
            self._hold(wanted, wanted.amount, "an amount")
        else:
            await self._refund_amount(wanted)

    async def decide(self, decide: DecideRefund) -> None:
        """Do what a second person decides about a refund that waits, and wait a little until it is sent.

        Raises:
            ApplicationError: it is not possible any more, or not for this person.
        """
        await self._state.ready()
        if self._is_repeated():
            return
        refuse(why_not_decide_refund(self._state, decide))
        held = self._state.held_refunds.pop(decide.refund_id)
        self._state.note(f"refund {held.refund_id} {PAST[decide.decision]} by {decide.by}: {decide.reason}")
        if decide.decision == "reject":
            return
        second = _Second(decide.by, held.update_id)
        if held.is_amount:
            currency = self._state.request.currency
            wanted = RefundAmount(amount=held.amount, currency=currency, by=held.by, reason=held.reason)
            await self._refund_amount(wanted, second)
        else:
            lines = RefundLines(lines=held.lines, by=held.by, reason=held.reason)
            await self._refund_lines(lines, plan_refund(self._state, held.lines), second)

    def _hold(self, wanted: RefundLines | RefundAmount, amount: int, words: str) -> None:
        """Keep a refund until a second person decides about it."""
        update, state = workflow.current_update_info(), self._state
        held = HeldRefund(
            refund_id=f"{HELD}-{state.next_held}",
            at=state.now,
            amount=amount,
            words=words,
            by=wanted.by,
            reason=wanted.reason,
            lines=wanted.lines if isinstance(wanted, RefundLines) else None,
            is_amount=isinstance(wanted, RefundAmount),
            update_id=update.id if update else "",
        )
        state.next_held += 1
        state.held_refunds[held.refund_id] = held
        money = format_money(amount, state.request.currency)
        state.note(
            f"refund of {money} for {words} asked for by {wanted.by}, waits for a second person: {wanted.reason}"
        )

    async def _refund_amount(self, wanted: RefundAmount, second: "_Second | None" = None) -> None:
        part = f"{BY_AMOUNT}-{self._state.payments.next_part(BY_AMOUNT)}"
        due = self._state.payments.owe(part, wanted.amount)
        money = format_money(wanted.amount, wanted.currency)
        self._state.note(f"refund of {money} decided by {wanted.by}: {wanted.reason}")
        await self._carry_out(self._decided(part, wanted, due, second), due)

    def find(self, decided: DecidedRefund, released: Collection[str], *, reserved_now: bool) -> None:
        """Take over a refund that a lost run decided, and do what is left of it.

        Pieces that are ``released`` under these keys are in no reservation that was read just now; one that is
        remembered has them.
        """
        state = self._state
        if decided.part in state.decided_refunds:
            return
        state.decided_refunds[decided.part] = decided
        state.refunded_lines = merged([*state.refunded_lines, *decided.lines])
        what = pieces(count(decided.lines)) if decided.lines else "an amount"
        state.note(f"refund of {what} found, decided by {decided.by}: {decided.reason}")
        due = [pair for each in decided.money if (pair := self._owe(each, decided.part)) is not None]
        for release in decided.releases:
            self._withdraw(release, has_left=reserved_now and release.release_key in released)
        if decided.ends_order and state.closing_as is None:
            self._cancel(CancelOrder(reason=decided.reason, requested_by=decided.by))
        self._begin(decided, due, released)

    def _is_repeated(self) -> bool:
        update = workflow.current_update_info()
        if update is None:
            return False
        known = {id_ for each in self._state.decided_refunds.values() for id_ in (each.update_id, each.asked_in)}
        return update.id in known | {held.update_id for held in self._state.held_refunds.values()}

    def _decided(
        self, part: str, wanted: RefundLines | RefundAmount, due: Due, second: "_Second | None"
    ) -> DecidedRefund:
        update = workflow.current_update_info()
        money = [PaymentPart(payment_id=payment.payment_id, amount=some.amount) for payment, some in due]
        return DecidedRefund(
            part=part,
            update_id=update.id if update else "",
            lines=[],
            money=money,
            releases=[],
            by=wanted.by,
            reason=wanted.reason,
            approved_by=second.person if second else None,
            asked_in=second.asked_in if second else "",
        )

    async def _carry_out(self, decided: DecidedRefund, due: Due) -> None:
        self._state.decided_refunds[decided.part] = decided
        self._jobs.start(self._note_and_begin(decided, due))
        await wait_until(lambda: _all_sent(due), ANSWER_TIMEOUT, "answer about a refund")

    async def _note_and_begin(self, decided: DecidedRefund, due: Due) -> None:
        ref = StepRef(StepKind.NOTE, "recording a refund that is decided", key=decided.part)
        step = NoteRefund(order_id=self._state.request.order_id, refund=decided)
        await retry_until_done(self._state.stuck, ref, round_of(OrderActivities.note_refund, step))
        self._begin(decided, due)

    def _begin(self, decided: DecidedRefund, due: Due, released: Collection[str] = ()) -> None:
        if self._state.closing_as is None:  # else it goes back with the rest
            for payment, part in due:
                if not part.sent():
                    self._booking.pay_back(payment, part)
        for release in decided.releases:
            if release.release_key not in released:
                release_lines = self._stock.release_lines
                self._jobs.start(release_lines(release.release_key, release.reservation_id, release.lines))
        self._jobs.start(self._tell_customer(decided, due))

    def _owe(self, money: PaymentPart, part: str) -> tuple[Payment, PendingRefund] | None:
        payment = self._state.payments.get(money.payment_id)
        if payment is None or payment.rejected_by_ledger:
            return None
        known = next((refund for refund in payment.refunds if refund.part == part), None)
        if known is None and not payment.left:
            return None
        return payment, known or payment.owe(part, min(money.amount, payment.left))

    def _withdraw(self, release: LineRelease, *, has_left: bool) -> None:
        for shipment in self._state.shipments:
            held = next((each for each in shipment.held if each.reservation_id == release.reservation_id), None)
            if held is not None and not has_left:
                shipment.withdraw(held, release.lines)
            elif has_left and release.reservation_id in shipment.requested:
                shipment.lines = without(shipment.lines, release.lines)

    async def _tell_customer(self, decided: DecidedRefund, due: Due) -> None:
        await wait_until(lambda: _all_sent(due))
        number = int(decided.part.rpartition("-")[2])
        amount = sum(part.amount for part in decided.money)
        money = format_money(amount, self._state.request.currency)
        if decided.lines:
            self._emails.tell_refunded(number, money, decided.lines)
        else:
            self._emails.tell_refunded_amount(number, money)


def _all_sent(due: Due) -> bool:
    return all(part.sent() for _, part in due)
