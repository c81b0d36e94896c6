"""The campaigns' steps with side effects. Every one may be repeated."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity

from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.ports import CampaignPorts
from workflows.campaigns.sending import Sender, record_of
from workflows.campaigns.steps import BatchResult, SegmentPage, SendBatch, UserRecord, UserResult

AT_ONCE = 10
"""How many users of a batch are served at the same time."""

HEARTBEAT_SECONDS = 2.0
"""How often a batch says that it is alive."""


class CampaignActivities:
    """The activities, with what they need of the outside world."""

    def __init__(self, ports: CampaignPorts, actors: UserActorsClient) -> None:
        self._ports = ports
        self._actors = actors

    def all(self) -> list[Callable[..., Any]]:
        """Return every activity, for the worker."""
        return [self.load_user, self.segment_size, self.segment_page, self.send_batch]

    @activity.defn
    async def load_user(self, user_id: str) -> UserRecord | None:
        """Return what the directory knows of a user, or None when nobody has that ID."""
        user = await self._ports.users.user(user_id)
        return None if user is None else record_of(user)

    @activity.defn
    async def segment_size(self, segment: str) -> int | None:
        """Return how many users a segment has, or None when there is no such segment."""
        return await self._ports.users.segment_size(segment)

    @activity.defn
    async def segment_page(self, page: SegmentPage) -> list[str]:
        """Return the next users of a segment."""
        return await self._ports.users.segment_page(page.segment, after=page.after, limit=page.limit)

    @activity.defn
    async def send_batch(self, batch: SendBatch) -> BatchResult:
        """Write to the users of a batch, a few at a time. Repeated after a crash, it sends nobody a second message."""
        sender = Sender(batch, self._ports, self._actors)
        places = asyncio.Semaphore(AT_ONCE)

        async def send(user_id: str) -> UserResult:
            async with places:
                return await sender.send(user_id)

        async with _heartbeats(), asyncio.TaskGroup() as group:
            tasks = [group.create_task(send(user_id)) for user_id in batch.user_ids]
        return BatchResult(results=[task.result() for task in tasks], not_before=sender.pacer.not_before)


@asynccontextmanager
async def _heartbeats() -> AsyncIterator[None]:
    """Say that the activity is alive while the block runs."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
