"""Sends the notifications of one request in the background, in order.

A handler only puts a notice in. Each is retried for a day; until it is sent, ``state`` says that it fails, and later
notices wait, so that nobody hears of a decision before they hear of the request.
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
from workflows.approvals.review.base import Notice

FAILING_AFTER = timedelta(seconds=30)
"""A notification that is not sent by then is shown as failing."""
DRAIN_TIMEOUT = timedelta(seconds=30)
"""How long a decided request stays open for unsent notifications: callers wait for the workflow's result."""
GIVE_UP_AFTER = timedelta(days=1)
ATTEMPT_TIMEOUT = timedelta(seconds=20)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))


class NotificationSender:
    """Queue of unsent notices. Their keys are the same in every run: a reset notifies nobody twice of one event."""

    def __init__(self, request_id: str, title: str) -> None:
        self.state: Literal["off", "sent", "pending", "failing"] = "off"
        self._request_id = request_id
        self._title = title
        self._notices: deque[Notice] = deque()
        self._last: Literal["off", "sent"] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Send in the background for as long as the workflow runs."""
        self._task = asyncio.create_task(self._send_all())

    def put(self, notices: Iterable[Notice]) -> None:
        """Queue notices; returns at once."""
        self._notices.extend(notices)
        if self._notices and self.state != "failing" and self._last != "off":
            self.state = "pending"

    async def drain(self) -> None:
        """Wait until all are sent, at most for ``DRAIN_TIMEOUT``."""
        if not self._notices:
            return
        try:
            await workflow.wait_condition(lambda: not self._notices, timeout=DRAIN_TIMEOUT)
        except TimeoutError:
            workflow.logger.warning("ended with %d notifications unsent", len(self._notices))

    async def _send_all(self) -> None:
        while True:
            await workflow.wait_condition(lambda: bool(self._notices))
            await self._send(self._notices[0])
            self._notices.popleft()

    async def _send(self, notice: Notice) -> None:
        notification = Notification(
            key=f"{self._request_id}/{notice.event}",
            request_id=self._request_id,
            title=self._title,
            text=notice.text,
            recipients=notice.recipients,
        )
        sending = workflow.start_activity(
            NOTIFY,
            notification,
            result_type=Delivery,
            start_to_close_timeout=ATTEMPT_TIMEOUT,
            schedule_to_close_timeout=GIVE_UP_AFTER,
            retry_policy=RETRY,
        )
        try:
            await workflow.wait_condition(sending.done, timeout=FAILING_AFTER)
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
