"""Sends the customer's e-mails beside the order's main line: mail that is down never holds an order up."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import SendEmail
from workflows.orders.background import Background
from workflows.orders.emails import Email, Milestone, write_email
from workflows.orders.retrying import failure_text, wait_until
from workflows.orders.state import OrderState

KEEP_TRYING = timedelta(days=1)
WAIT_AT_THE_END = timedelta(minutes=2)
"""How long an order that is over stays open for e-mails that have not gone out."""


class Correspondence:
    """The e-mails of one order: each milestone once."""

    def __init__(self, state: OrderState) -> None:
        self._state = state
        self._jobs = Background()
        self._begun: set[Milestone] = set()

    def send(self, milestone: Milestone) -> None:
        """Begin to send the e-mail for a milestone."""
        if milestone not in self._begun:
            self._begun.add(milestone)
            self._jobs.start(self._send(milestone, write_email(milestone, self._state)))

    async def finish(self) -> None:
        """Wait a little for what has not gone out, then give it up."""
        if not await wait_until(lambda: self._jobs.idle, WAIT_AT_THE_END, "last e-mails"):
            self._jobs.give_up()
        await self._jobs.finish()

    async def _send(self, milestone: Milestone, email: Email) -> None:
        request = self._state.request
        try:
            await workflow.execute_activity_method(
                OrderActivities.send_email,
                SendEmail(
                    message_key=f"{request.order_id}/{milestone}",
                    to=request.customer.email,
                    subject=email.subject,
                    body=email.body,
                ),
                schedule_to_close_timeout=KEEP_TRYING,
                start_to_close_timeout=timedelta(minutes=1),
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
                summary=milestone,
            )
        except ActivityError as error:
            why = "no answer in time" if is_cancelled_exception(error) else failure_text(error)
            self._state.note(f"e-mail not sent: {_words(milestone)} ({why})")
        else:
            self._state.note(f"e-mail: {_words(milestone)}")


def _words(milestone: Milestone) -> str:
    return milestone.replace("-", " ")
