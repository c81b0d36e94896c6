"""Activities of the campaigns; every one is idempotent."""

import asyncio
from collections.abc import Callable
from typing import Any

from temporalio import activity

from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.ports import CampaignPorts
from workflows.campaigns.sending import Sender, record_of
from workflows.campaigns.steps import BatchResult, SegmentPage, SendBatch, UserRecord, UserResult

MAX_CONCURRENT_SENDS = 10
"""Users of a batch."""

HEARTBEAT_SECONDS = 2.0
"""Of a batch."""


class CampaignActivities:
    """The activities, with their ports."""

    def __init__(self, ports: CampaignPorts, actors: UserActorsClient) -> None:
        self._ports = ports
        self._actors = actors

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities, for a worker."""
        return [self.load_user, self.segment_size, self.segment_page, self.send_batch]

    @activity.defn
    async def load_user(self, user_id: str) -> UserRecord | None:
        """Return a user's directory entry, None when there is none."""
        user = await self._ports.users.user(user_id)
        return None if user is None else record_of(user)

    @activity.defn
    async def segment_size(self, segment: str) -> int | None:
        """Return how many users a segment has, None when there is no such segment."""
        return await self._ports.users.segment_size(segment)

    @activity.defn
    async def segment_page(self, page: SegmentPage) -> list[str]:
        """Return the next users of a segment."""
        return await self._ports.users.segment_page(page.segment, after=page.after, limit=page.limit)

    @activity.defn
    async def send_batch(self, batch: SendBatch) -> BatchResult:
        """Send to the users of a batch, a few at a time. A retry after a crash sends nobody a second message."""
        sender = Sender(batch, self._ports, self._actors)
        slots = asyncio.Semaphore(MAX_CONCURRENT_SENDS)

        async def send(user_id: str) -> UserResult:
            async with slots:
                return await sender.send(user_id)

        async with asyncio.TaskGroup() as group:
            beating = group.create_task(_heartbeat())
            results = await asyncio.gather(*(send(user_id) for user_id in batch.user_ids))
            beating.cancel()
        return BatchResult(results=results, not_before=sender.rate_limiter.not_before)


async def _heartbeat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT_SECONDS)
