"""Sends e-mails to customers in the background: mail that is down never holds up an order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception
from temporalio.exceptions import TimeoutError as ActivityTimeoutError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import SendEmail, SendEmails, SentEmails, StockRefusal
from workflows.orders.customer.emails import (
    Email,
    Milestone,
    returned_key,
    write_amount_refund_email,
    write_email,
    write_line_refund_email,
    write_not_coming_email,
    write_returned_email,
)
from workflows.orders.customer.enclosing import Enclosed
from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import OrderStatus
from workflows.orders.outcome import Outcome
from workflows.orders.payments.records import Payment
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import failure_text
from workflows.orders.steps.tasks import Background, wait_until
from workflows.orders.views.models import ReservedLine
from workflows.shared.keys import key_of

TIMEOUT = timedelta(days=1)
CLOSING_TIMEOUT = timedelta(minutes=2)
"""How long an order that is over stays open for e-mails that have not gone out."""

LAST_EMAIL = {
    OrderStatus.CANCELLED: Milestone.CANCELLED,
    OrderStatus.EXPIRED: Milestone.EXPIRED,
    OrderStatus.REJECTED: Milestone.REJECTED,
}
LAST = frozenset({Milestone.DELIVERED, *LAST_EMAIL.values()})
"""The milestones after which an order is over."""


@dataclass(frozen=True)
class _Outgoing:
    """An e-mail, and its name in the timeline; ``last`` if the order is over with it."""

    name: str
    email: SendEmail
    last: bool


class EmailSender:
    """The e-mails of one order: each milestone once, those of a parcel once for each."""

    def __init__(
        self, state: OrderState, outcome: Outcome, records: ParcelRecords, others_idle: Callable[[], bool]
    ) -> None:
        """Save the ``outcome`` before the e-mails that tell it, if ``others_idle``: nothing else is under way."""
        self._state = state
        self._outcome = outcome
        self._records = records
        self._others_idle = others_idle
        self._jobs = Background()
        self._begun: set[str] = set()
        self._unsent: list[_Outgoing] = []
        """Those of this workflow task, which one activity sends."""
        self._sending_last = False

    def send(self, milestone: Milestone, shipment: Shipment | None = None, *, number: int | None = None) -> None:
        """Send the e-mail for a milestone of the order or of a shipment; ``number`` is that of a deadline."""
        if shipment is not None and shipment.number > 1:
            number = shipment.number
        key = milestone if number is None else f"{milestone}-{number}"
        name = milestone if shipment is None or number is None else f"{milestone}, parcel {number}"
        if key not in self._begun:
            self._begun.add(key)
            email = write_email(milestone, self._state, shipment)
            self._post(_words(name), key_of(self._state.request.order_id, key), email, last=milestone in LAST)

    def tell_end(self, ends_as: OrderStatus) -> None:
        """Send the last e-mail of an order that was undone.

        One for a SKU that there is not, and that nobody paid, was never an order: the shop was told, and has to put it
        right.
        """
        state = self._state
        if state.stock_refused == StockRefusal.UNKNOWN_SKU and not any(state.payments.counted):
            return
        rejected = state.rejected_before if ends_as == OrderStatus.REJECTED else 0
        self.send(LAST_EMAIL[ends_as], number=1 + rejected if rejected else None)

    def enclose(self, milestone: Milestone, *, due_at: datetime | None = None) -> Enclosed | None:
        """Return the e-mail for a milestone that another step leads to, and that the step's activity may send.

        If that does not, :meth:`send` does when the milestone is reached.
        """
        if milestone in self._begun:
            return None
        email = write_email(milestone, self._state, due_at=due_at)
        key = key_of(self._state.request.order_id, milestone)
        return Enclosed(self._addressed(key, email), partial(self._note_enclosed, milestone))

    def _note_enclosed(self, milestone: Milestone) -> None:
        self._begun.add(milestone)
        self._note_sent(_words(milestone))

    def tell_rest(self) -> None:
        """Tell the customer what is still to pay, since a part has come."""
        self.send(Milestone.PARTLY_PAID, number=len(self._state.payments.views()))

    def tell_returned(self, payment: Payment) -> None:
        """Tell the customer that a payment went back; the payment intake uses the same key."""
        request = self._state.request
        email = write_returned_email(request.order_id, request.customer.name, payment.money, payment.why)
        self._post(f"{payment.payment_id} returned", returned_key(payment.payment_id), email)

    def tell_not_coming(self, lines: Sequence[ReservedLine], back: int) -> None:
        """Tell the customer that back-ordered pieces are cancelled. An order does so once at most."""
        email = write_not_coming_email(self._state, lines, back)
        self._post("pieces that never came", key_of(self._state.request.order_id, "not-coming"), email)

    def tell_refunded(self, number: int, money: str, lines: Sequence[ReservedLine]) -> None:
        """Tell the customer that the price of some lines went back: the line refund with that number."""
        key = f"refunded-{number}"
        email = write_line_refund_email(self._state, money, lines)
        self._post("refunded", key_of(self._state.request.order_id, key), email)

    def tell_refunded_amount(self, number: int, money: str) -> None:
        """Tell the customer that an amount went back: the one with that number."""
        key = f"refunded-amount-{number}"
        email = write_amount_refund_email(self._state.request, money)
        self._post("refunded amount", key_of(self._state.request.order_id, key), email)

    @property
    def idle(self) -> bool:
        """Whether no e-mail is being sent."""
        return self._jobs.idle

    async def finish(self) -> None:
        """Wait a little for what has not gone out, then cancel it.

        The last e-mail has its own timeout and is usually sent last, so no timer is needed here.
        """
        await wait_until(lambda: not self._sending_last)
        if not await wait_until(lambda: self.idle, CLOSING_TIMEOUT, "last e-mails"):
            self._jobs.cancel()
        await self._jobs.finish()

    def drop(self) -> None:
        """Send nothing of what has not gone out."""
        self._jobs.drop()
        self._unsent, self._sending_last = [], False

    def _post(self, name: str, key: str, email: Email, *, last: bool = False) -> None:
        self._unsent.append(_Outgoing(name, self._addressed(key, email), last))
        self._sending_last = self._sending_last or last
        if len(self._unsent) == 1:
            self._jobs.start(self._send_unsent())

    def _addressed(self, key: str, email: Email) -> SendEmail:
        to = self._state.request.customer.address
        return SendEmail(message_key=key, to=to, subject=email.subject, body=email.body)

    def _note_sent(self, name: str) -> None:
        self._state.note(f"{self._state.request.customer.channel}: {name}")

    async def _send_unsent(self) -> None:
        await self._state.settled()
        if self._sending_last:  # what is stuck does not hold up the customer's e-mail
            await wait_until(lambda: self._others_idle() or bool(self._state.stuck.views()))
        await self._state.ready()
        emails, self._unsent = self._unsent, []
        names = ", ".join(outgoing.name for outgoing in emails)
        last = any(outgoing.last for outgoing in emails)
        over = last and self._others_idle()
        outcome = self._outcome.to_save() if over else None
        moves = self._records.take_last() if over else []
        step = SendEmails(emails=[each.email for each in emails], record=outcome, parcels=moves)
        try:
            failure, sent = await deliver(step, names, CLOSING_TIMEOUT if last else TIMEOUT)
        finally:
            self._sending_last = self._sending_last and not last
        if sent is None or sent.unrecorded:
            self._records.record(moves)
        elif outcome is not None:
            self._outcome.note_saved(outcome, sent.other)
        if failure is not None:
            channel = self._state.request.customer.channel
            not_sent = f"{channel} not sent" if len(emails) == 1 else f"{channel}s not all sent"
            self._state.note(f"{not_sent}: {names} ({failure})")
            return
        for outgoing in emails:
            self._note_sent(outgoing.name)


async def deliver(step: SendEmails, names: str, within: timedelta = TIMEOUT) -> tuple[str | None, SentEmails | None]:
    """Send e-mails, retrying for so long; return why not all of them went out, or the activity's answer."""
    try:
        sent = await workflow.execute_activity_method(
            OrderActivities.send_emails,
            step,
            schedule_to_close_timeout=within,
            start_to_close_timeout=timedelta(minutes=1) * len(step.emails),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
            summary=names,
        )
    except ActivityError as error:
        timed_out = is_cancelled_exception(error) or isinstance(error.cause, ActivityTimeoutError)
        return "no answer in time" if timed_out else failure_text(error), None
    return None, sent


def _words(name: str) -> str:
    return name.replace("-", " ")
