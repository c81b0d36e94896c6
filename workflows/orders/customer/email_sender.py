"""Sends the customer's e-mails beside the order's main line: mail that is down never holds an order up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception
from temporalio.exceptions import TimeoutError as ActivityTimeoutError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import SendEmail, SendEmails
from workflows.orders.customer.emails import (
    Email,
    Milestone,
    returned_key,
    write_email,
    write_line_refund_email,
    write_not_coming_email,
    write_returned_email,
)
from workflows.orders.edition import Edition
from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import ReservedLine
from workflows.orders.payments.records import Payment
from workflows.orders.state import OrderState
from workflows.orders.steps.background import Background
from workflows.orders.steps.moments import at_rest
from workflows.orders.steps.retrying import failure_text, wait_until

KEEP_TRYING = timedelta(days=1)
WAIT_AT_THE_END = timedelta(minutes=2)
"""How long an order that is over stays open for e-mails that have not gone out."""

LAST = frozenset({Milestone.DELIVERED, Milestone.CANCELLED, Milestone.EXPIRED, Milestone.REJECTED})
"""The milestones after which an order is over."""


class SendingOptions(TypedDict):
    """The options of ``execute_activity`` for e-mails."""

    schedule_to_close_timeout: timedelta
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    summary: str


@dataclass(frozen=True)
class Letter:
    """An e-mail, and what the timeline calls it; ``last`` when the order is over with it."""

    what: str
    email: SendEmail
    last: bool


class EmailSender:
    """The e-mails of one order: each milestone once, those of a parcel once for each."""

    def __init__(self, state: OrderState) -> None:
        self._state = state
        self._jobs = Background()
        self._begun: set[str] = set()
        self._written: list[Letter] = []
        """Those of this moment, which go out together."""
        self._last_on_its_way = False

    def send(self, milestone: Milestone, shipment: Shipment | None = None) -> None:
        """Begin to send the e-mail for a milestone, of the order or of one of its shipments."""
        key = milestone if shipment is None or shipment.number == 1 else f"{milestone}-{shipment.number}"
        self._begin(key, milestone, shipment)

    def remind(self, number: int) -> None:
        """Begin to send the reminder of the end of the payment window that has that number."""
        self._begin(f"{Milestone.PAY_REMINDER}-{number}", Milestone.PAY_REMINDER)

    def _begin(self, key: str, milestone: Milestone, shipment: Shipment | None = None) -> None:
        if key in self._begun:
            return
        self._begun.add(key)
        email = write_email(milestone, self._state, shipment)
        last = milestone in LAST and self._state.edition >= Edition.SECOND
        self._post(_words(key), f"{self._state.request.order_id}/{key}", email, last=last)

    def tell_returned(self, payment: Payment) -> None:
        """Begin to tell the customer that a payment went back. The front door of payments uses the same key."""
        request = self._state.request
        email = write_returned_email(request.order_id, request.customer.name, payment.money, payment.why)
        self._post(f"{payment.payment_id} returned", returned_key(payment.payment_id), email)

    def tell_not_coming(self, lines: Sequence[ReservedLine], back: int) -> None:
        """Begin to tell the customer that pieces which were waited for are cancelled. An order does so once at most."""
        email = write_not_coming_email(self._state, lines, back)
        self._post("pieces that never came", f"{self._state.request.order_id}/not-coming", email)

    def tell_refunded(self, number: int, money: str, lines: Sequence[ReservedLine]) -> None:
        """Begin to tell the customer that the price of some lines went back: the refund by line of that number."""
        key = f"refunded-{number}"
        email = write_line_refund_email(self._state, money, lines)
        self._post(_words(key), f"{self._state.request.order_id}/{key}", email)

    @property
    def idle(self) -> bool:
        """Whether no e-mail is on its way."""
        return self._jobs.idle

    async def finish(self) -> None:
        """Wait a little for what has not gone out, then give it up.

        The last e-mail has an end of its own. It mostly goes out after all others, so that this needs no timer.
        """
        await wait_until(lambda: not self._last_on_its_way)
        if not await wait_until(lambda: self._jobs.idle, WAIT_AT_THE_END, "last e-mails"):
            self._jobs.give_up()
        await self._jobs.finish()

    def _post(self, what: str, key: str, email: Email, *, last: bool = False) -> None:
        step = SendEmail(message_key=key, to=self._state.request.customer.email, subject=email.subject, body=email.body)
        letter = Letter(what, step, last)
        self._last_on_its_way = self._last_on_its_way or last
        if self._state.edition < Edition.THIRD:
            self._jobs.start(self._send([letter]))
            return
        self._written.append(letter)
        if len(self._written) == 1:
            self._jobs.start(self._send_all_of_this_moment())

    async def _send_all_of_this_moment(self) -> None:
        await at_rest(self._state)
        letters, self._written = self._written, []
        await self._send(letters)

    async def _send(self, letters: Sequence[Letter]) -> None:
        what = ", ".join(letter.what for letter in letters)
        last = any(letter.last for letter in letters)
        try:
            await _hand_over(letters, what, WAIT_AT_THE_END if last else KEEP_TRYING, self._state.edition)
        except ActivityError as error:
            in_vain = is_cancelled_exception(error) or isinstance(error.cause, ActivityTimeoutError)
            why = "no answer in time" if in_vain else failure_text(error)
            not_sent = "e-mail not sent" if len(letters) == 1 else "e-mails not all sent"
            self._state.note(f"{not_sent}: {what} ({why})")
        else:
            for letter in letters:
                self._state.note(f"e-mail: {letter.what}")
        finally:
            self._last_on_its_way = self._last_on_its_way and not last


async def _hand_over(letters: Sequence[Letter], what: str, keep_trying: timedelta, edition: Edition) -> None:
    options = SendingOptions(
        schedule_to_close_timeout=keep_trying,
        start_to_close_timeout=timedelta(minutes=1) * len(letters),
        retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        summary=what,
    )
    emails = [letter.email for letter in letters]
    if edition < Edition.THIRD:
        await workflow.execute_activity_method(OrderActivities.send_email, emails[0], **options)
    else:
        await workflow.execute_activity_method(OrderActivities.send_emails, SendEmails(emails=emails), **options)


def _words(key: str) -> str:
    return key.replace("-", " ")
