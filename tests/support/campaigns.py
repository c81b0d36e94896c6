"""A campaigns worker for tests, with strict fakes of the outside world that can be told to fail."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from temporalio.client import Client
from temporalio.worker import Worker

from tests.support.eventually import eventually
from tests.support.temporal import BUILD_ID, fresh
from workers.building import workflow_options
from workflows.campaigns.activities import CampaignActivities
from workflows.campaigns.client import TASK_QUEUE, CampaignsClient, UserActorsClient
from workflows.campaigns.models import (
    CampaignProgress,
    CampaignRequest,
    CampaignStatus,
    CapPolicy,
    CapRule,
    Channel,
    InlineAudience,
    Preferences,
    RollingWindow,
    SendRequest,
    Template,
)
from workflows.campaigns.ports import CampaignPorts, Message, RejectedByProviderError, User
from workflows.campaigns.workflow import WORKFLOWS
from workflows.shared.visibility import VisibilityActivities


@dataclass
class FakeUsers:
    """A directory in memory."""

    users: dict[str, User] = field(default_factory=dict)
    segments: dict[str, list[str]] = field(default_factory=dict)
    failures: int = 0
    """How many of the next look-ups fail."""
    pages: list[int] = field(default_factory=list)
    """The sizes of the pages that were read."""

    def add(self, *user_ids: str, zone: str = "UTC", preferences: Preferences | None = None, phone: str = "") -> None:
        """Let the directory know these users."""
        for user_id in user_ids:
            chosen = preferences or Preferences()
            self.users[user_id] = User(user_id, f"{user_id}@example.com", phone, zone, chosen)

    async def user(self, user_id: str) -> User | None:
        """Return the user."""
        if self.failures > 0:
            self.failures -= 1
            raise ConnectionError("the store is down")
        return self.users.get(user_id)

    async def segment_size(self, segment: str) -> int | None:
        """Return how many users the segment has."""
        return len(self.segments[segment]) if segment in self.segments else None

    async def segment_page(self, segment: str, *, after: str | None, limit: int) -> list[str]:
        """Return the next users."""
        page = [each for each in sorted(self.segments[segment]) if after is None or each > after][:limit]
        self.pages.append(len(page))
        return page


@dataclass
class FakeProvider:
    """A provider that sends each ``send_id`` once, refuses a second content for it, and can be told to fail."""

    delivered: dict[str, Message] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    """When messages went out, in seconds of the event loop."""
    rejected: set[str] = field(default_factory=set)
    """Users whose messages are proven not to go out."""
    lost_answers: dict[str, int] = field(default_factory=dict)
    """By user: how many of the next messages go out although the answer is an error."""
    lost_messages: dict[str, int] = field(default_factory=dict)
    """By user: how many of the next messages do not go out, and the answer is an error."""
    calls: list[str] = field(default_factory=list)
    """The users of all calls."""
    gate: asyncio.Event | None = None
    """When set, nothing is sent before the event."""

    async def send(self, message: Message) -> None:
        """Send."""
        self.calls.append(message.user_id)
        if self.gate is not None:
            await self.gate.wait()
        if message.user_id in self.rejected:
            raise RejectedByProviderError(f"{message.address} does not exist")
        if self._fails(self.lost_messages, message.user_id):
            raise ConnectionError("the provider hung up")
        known = self.delivered.setdefault(message.send_id, message)
        if known is message:
            self.times.append(asyncio.get_running_loop().time())
        assert known == message, f"a second content for {message.send_id}"
        if self._fails(self.lost_answers, message.user_id):
            raise TimeoutError("the provider did not answer")

    def sent_to(self, user_id: str) -> list[Message]:
        """Return the messages that went out to a user."""
        return [message for message in self.delivered.values() if message.user_id == user_id]

    @staticmethod
    def _fails(knob: dict[str, int], user_id: str) -> bool:
        left = knob.get(user_id, 0)
        knob[user_id] = max(0, left - 1)
        return left > 0


@dataclass
class World:
    """Everything that a test of campaigns needs."""

    client: Client
    task_queue: str = field(default_factory=lambda: fresh(TASK_QUEUE))
    users: FakeUsers = field(default_factory=FakeUsers)
    provider: FakeProvider = field(default_factory=FakeProvider)
    ports: CampaignPorts | None = None
    """Other services than the two above."""
    max_cached_workflows: int = 1000
    batches_at_once: int = 20

    @cached_property
    def actors(self) -> UserActorsClient:
        """The actors' client, one for everybody: it knows how many updates it has under way."""
        return UserActorsClient(self.client, task_queue=self.task_queue)

    @property
    def campaigns(self) -> CampaignsClient:
        """The campaigns' client."""
        return CampaignsClient(self.client, task_queue=self.task_queue)

    def worker(self, *, graceful: timedelta = timedelta(0)) -> Worker:
        """Return a worker; it dies at once unless given time."""
        ports = self.ports or CampaignPorts(self.users, self.provider)
        activities = CampaignActivities(ports, self.actors)
        return Worker(
            self.client,
            task_queue=self.task_queue,
            workflows=WORKFLOWS,
            activities=[*activities.all(), VisibilityActivities(registered=True).search_attributes_registered],
            **workflow_options(),
            max_cached_workflows=self.max_cached_workflows,
            build_id=BUILD_ID,
            max_concurrent_activities=self.batches_at_once,
            graceful_shutdown_timeout=graceful,
        )

    def add_users(self, count: int) -> list[str]:
        """Let the directory know new users, and return their IDs."""
        prefix = fresh("U")
        user_ids = [f"{prefix}-{number:05}" for number in range(count)]
        self.users.add(*user_ids)
        return user_ids

    async def ended(self, campaign_id: str) -> CampaignProgress:
        """Wait for the end of a campaign, and return what it returned."""
        handle = self.client.get_workflow_handle(f"campaign-{campaign_id}", result_type=CampaignProgress)
        progress: CampaignProgress = await handle.result()
        return progress

    async def progress_when(self, campaign_id: str, condition: Callable[[CampaignProgress], bool]) -> CampaignProgress:
        """Return the progress of a campaign once it fits; every progress on the way must add up."""

        async def look() -> CampaignProgress:
            progress = await self.campaigns.get_progress(campaign_id)
            assert_adds_up(progress)
            return progress

        return await eventually(look, condition)


@contextlib.asynccontextmanager
async def campaign_world(client: Client) -> AsyncIterator[World]:
    """Run a worker for one test."""
    world = World(client)
    async with world.worker():
        yield world


def assert_adds_up(progress: CampaignProgress) -> None:
    """Check the identity that holds at every instant."""
    parts = (progress.sent, progress.capped, progress.suppressed, progress.deferred, progress.failed)
    assert progress.audience == sum(parts) + progress.expired + progress.pending
    assert min(*parts, progress.expired, progress.pending) >= 0


def campaign(user_ids: Sequence[str], **changes: object) -> CampaignRequest:
    """Return a campaign to these users."""
    request = CampaignRequest(
        campaign_id=fresh("CMP"),
        name="Spring sale",
        channel=Channel.EMAIL,
        template=Template(subject="Spring", body="Hello {user_id}"),
        audience=InlineAudience(user_ids=list(user_ids)),
    )
    return CampaignRequest.model_validate(request.model_copy(update=changes).model_dump())


def send(send_id: str | None = None, **changes: object) -> SendRequest:
    """Return a message that wants to go."""
    request = SendRequest(send_id=send_id or fresh("S"), campaign_id="CMP-1", channel=Channel.EMAIL)
    return SendRequest.model_validate(request.model_copy(update=changes).model_dump())


def capped(limit: int, seconds: int = 86_400, *, channel: Channel | None = None, tag: str | None = None) -> CapPolicy:
    """Return a policy of one rule."""
    window = RollingWindow(rolling_seconds=seconds)
    return CapPolicy(
        rules=[CapRule(name=f"{limit} in {seconds} s", limit=limit, window=window, channel=channel, tag=tag)]
    )


def running(progress: CampaignProgress) -> bool:
    """Return whether a campaign has begun."""
    return progress.status is CampaignStatus.RUNNING
