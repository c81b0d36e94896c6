"""Notifications of one request: sent in the background, in order, and never in the way of a decision.

A handler only puts a notice in. The server retries each for a day, with back-off; meanwhile ``state`` tells people
that it fails, and those behind it wait, so that nobody hears of a decision before they hear of the request.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from workflows.approvals.activities import NOTIFY
from workflows.approvals.models import Delivery
from workflows.approvals.ports import Notification
from workflows.approvals.review import Notice

PATIENCE = timedelta(seconds=30)
"""After so long without success a notification is said to fail; and so long, at most, a decided request stays open
for what is left to send: who waits for the workflow's result must not wait for Slack."""

GIVE_UP_AFTER = timedelta(days=1)
ATTEMPT_TIMEOUT = timedelta(seconds=20)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))


class Outbox:
    """What is still to be sent. The keys hold the run's ID, so that a second run of a request tells people again."""

    def __init__(self, request_id: str, title: str) -> None:
        self.state: Literal["off", "sent", "pending", "failing"] = "off"
        self._request_id = request_id
        self._title = title
        self._notices: deque[Notice] = deque()
        self._last: Literal["off", "sent"] | None = None
        self._sender: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Send what is put in, in the background, as long as the workflow runs."""
        self._sender = asyncio.create_task(self._send_for_ever())

    def put(self, notices: Iterable[Notice]) -> None:
        """Take notices in; returns at once."""
        self._notices.extend(notices)
        if self._notices and self.state != "failing" and self._last != "off":
            self.state = "pending"

    async def drain(self) -> None:
        """Wait until all is sent, but not for long."""
        if not self._notices:
            return
        try:
            await workflow.wait_condition(lambda: not self._notices, timeout=PATIENCE)
        except TimeoutError:
            workflow.logger.warning("ended with %d notifications unsent", len(self._notices))

    async def _send_for_ever(self) -> None:
        while True:
            await workflow.wait_condition(lambda: bool(self._notices))
            await self._send(self._notices[0])
            self._notices.popleft()

    async def _send(self, notice: Notice) -> None:
        sending = workflow.start_activity(
            NOTIFY,
            self._notification(notice),
            result_type=Delivery,
            start_to_close_timeout=ATTEMPT_TIMEOUT,
            schedule_to_close_timeout=GIVE_UP_AFTER,
            retry_policy=RETRY,
        )
        try:
            await workflow.wait_condition(sending.done, timeout=PATIENCE)
        except TimeoutError:
            self.state = "failing"
        try:
            delivery: Delivery = await sending
        except ActivityError:
            self.state = "failing"
        else:
            self._last = delivery.state
            more_to_send = delivery.state == "sent" and len(self._notices) > 1
            self.state = "pending" if more_to_send else delivery.state

    def _notification(self, notice: Notice) -> Notification:
        return Notification(
            key=f"{self._request_id}/{workflow.info().run_id}/{notice.event}",
            request_id=self._request_id,
            title=self._title,
            text=notice.text,
            recipients=notice.recipients,
        )
