"""Three ways to send to users within a cap: through a campaign, by a bare update, by a query and then a signal."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, func, select
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from tests.benchmarks.bare_actor import TASK_QUEUE, BareActor
from workers.store.engine import Store
from workers.store.schema import messages
from workflows.campaigns.client import CampaignsClient, campaign_workflow_id
from workflows.campaigns.models import CampaignRequest, Channel, InlineAudience, Template

AT_A_TIME = 32
"""Concurrent calls of the bare senders."""
LIMIT = 2
"""Of the default policy: 2 a rolling day on each channel."""


class Sender(Protocol):
    """One way to send."""

    name: str
    worker: str
    """Part of the command line of the processes that do the work."""

    async def send(self, users: Sequence[str], mailing: str) -> None:
        """Send one message of a mailing to each user, and return when all went out, or were refused."""

    async def beyond(self, users: Sequence[str]) -> int:
        """Return how many sends to these users were beyond the cap."""


class CampaignSender:
    """Ours."""

    name = "campaign"
    worker = "workers run"

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self._store = client, store

    async def send(self, users: Sequence[str], mailing: str) -> None:
        """Run a campaign until it is done."""
        request = CampaignRequest(
            campaign_id=mailing,
            name=mailing,
            channel=Channel.PUSH,
            template=Template(body="Hello {{ first_name }}"),
            audience=InlineAudience(user_ids=list(users)),
        )
        await CampaignsClient(self._client).begin(request)
        await self._client.get_workflow_handle(campaign_workflow_id(mailing)).result()

    async def beyond(self, users: Sequence[str]) -> int:
        """Count the messages in the outbox."""
        sent = await self._store.read(_sent, users)
        return sum(max(0, count - LIMIT) for count in sent.values())


def _sent(connection: Connection, users: Sequence[str]) -> dict[str, int]:
    by_user = select(messages.c.user_id, func.count().label("sends")).where(messages.c.user_id.in_(users))
    return {row.user_id: row.sends for row in connection.execute(by_user.group_by(messages.c.user_id))}


class BareSender:
    """Sends nothing: it asks a `BareActor` for each user, and counts what it would have sent."""

    name: str
    worker = "bare_actor"

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sent: Counter[str] = Counter()

    async def send(self, users: Sequence[str], mailing: str) -> None:  # noqa: ARG002 - it need not be known
        """Ask for each, a few at a time."""
        gate = asyncio.Semaphore(AT_A_TIME)

        async def one(user: str) -> None:
            async with gate:
                granted = await self._reserve(f"{self.name}-{user}")
            self._sent[user] += granted

        await asyncio.gather(*map(one, users))

    async def beyond(self, users: Sequence[str]) -> int:
        """Return how many of the counted ones were too many."""
        return sum(max(0, self._sent[user] - LIMIT) for user in users)

    async def _reserve(self, actor: str) -> bool:
        raise NotImplementedError


class UpdateSender(BareSender):
    """One update-with-start for each send."""

    name = "bare update"

    async def _reserve(self, actor: str) -> bool:
        operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            BareActor.run, id=actor, task_queue=TASK_QUEUE, id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
        )
        return await self._client.execute_update_with_start_workflow(
            BareActor.reserve, LIMIT, start_workflow_operation=operation
        )


class QuerySender(BareSender):
    """Query, then a signal with start, as one would without updates."""

    name = "query, then signal"

    async def _reserve(self, actor: str) -> bool:
        try:
            sends = await self._client.get_workflow_handle(actor).query(BareActor.sends)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            sends = 0
        if sends >= LIMIT:
            return False
        await self._client.start_workflow(
            BareActor.run,
            id=actor,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="sent",
        )
        return True
