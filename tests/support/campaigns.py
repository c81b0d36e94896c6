"""A campaigns worker for tests, on a store of its own, whose services can be told to fail."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Row, select
from temporalio.client import Client
from temporalio.worker import Worker, WorkflowRunner

from tests.support.eventually import eventually
from tests.support.faults import Faults
from tests.support.guards import UnsandboxedGuards
from tests.support.hasty import HastyRetries
from tests.support.memory_store import MemoryStore
from tests.support.temporal import BUILD_ID, fresh
from workers.building import workflow_options
from workers.services.message_provider import StoreMessageProvider
from workers.store.engine import Store
from workers.store.held_messages import SqlHeldMessages
from workers.store.items import SqlItems
from workers.store.outbox import message_outbox
from workers.store.schema import messages
from workers.store.templates import SqlTemplates
from workers.store.users import SqlUsers, upsert_users
from workflows.campaigns.activities import CampaignActivities
from workflows.campaigns.client import TASK_QUEUE, CampaignsClient, UserActorsClient
from workflows.campaigns.models import (
    CampaignProgress,
    CampaignRequest,
    CampaignStatus,
    CapPolicy,
    CapRule,
    Channel,
    ChannelConsent,
    Fence,
    InlineAudience,
    Preferences,
    QuietHours,
    RollingWindow,
    SendRequest,
    Template,
)
from workflows.campaigns.ports import CampaignPorts, UnsubscribeLinks, User
from workflows.campaigns.stored_limits import STORED_LIMITS
from workflows.campaigns.workflow import WORKFLOWS
from workflows.shared.visibility import VisibilityActivities
from workflows.shared.zones import zone_info

PARIS = "Europe/Paris"
FENCE = Fence()
"""Of a user with no actor."""


def campaign_ports(store: Store, faults: Faults, links: UnsubscribeLinks | None = None) -> CampaignPorts:
    """Return the workers' own services, without a mail server, behind faults.

    Those of a message go by ``send``, and of one user's messages also by ``send/USER``.
    """
    provider = StoreMessageProvider(message_outbox(store), None)
    of_a_user = faults.wrap(provider, send=lambda message: f"send/{message.user_id}")
    known, items = faults.wrap(SqlUsers(store)), faults.wrap(SqlItems(store))
    return CampaignPorts(
        known, faults.wrap(of_a_user), items, SqlTemplates(store), faults.wrap(SqlHeldMessages(store)), links
    )


@dataclass
class World:
    """Everything that a test of campaigns needs."""

    client: Client
    task_queue: str = field(default_factory=lambda: fresh(TASK_QUEUE))
    store: MemoryStore = field(default_factory=MemoryStore)
    faults: Faults = field(default_factory=Faults)
    links: UnsubscribeLinks | None = None
    ports: CampaignPorts | None = None
    """Other services than those of the store."""
    batches_at_once: int = 20
    runner: WorkflowRunner | None = None
    """The default has the guards without the sandbox."""

    @cached_property
    def actors(self) -> UserActorsClient:
        """The actors' client, one for everybody: it knows how many updates it has under way."""
        return UserActorsClient(self.client, task_queue=self.task_queue)

    @property
    def campaigns(self) -> CampaignsClient:
        """The campaigns' client."""
        return CampaignsClient(self.client, task_queue=self.task_queue)

    def worker(self) -> Worker:
        """Return a worker."""
        ports = self.ports or campaign_ports(self.store, self.faults, self.links)
        STORED_LIMITS.read_with(self.task_queue, ports.users.limits)
        activities = CampaignActivities(ports, self.actors, registered=True)
        return Worker(
            self.client,
            task_queue=self.task_queue,
            workflows=WORKFLOWS,
            activities=[*activities.all(), VisibilityActivities(registered=True).search_attributes_registered],
            workflow_runner=self.runner or UnsandboxedGuards(),
            **workflow_options(HastyRetries()),
            build_id=BUILD_ID,
            max_concurrent_activities=self.batches_at_once,
        )

    def add(self, *user_ids: str, segment: str = "", zone: str = "UTC", phone: str = "", **channels: bool) -> None:
        """Let the directory know these users, with consent to all channels but those that are False."""
        preferences = Preferences(channels=ChannelConsent(**channels))
        users = [User(user_id, f"{user_id}@example.com", phone, zone, preferences) for user_id in user_ids]
        self.store.run(upsert_users, [(user, [segment] if segment else []) for user in users])

    def add_users(self, count: int, *, segment: str = "") -> list[str]:
        """Let the directory know new users, and return their IDs."""
        prefix = fresh("U")
        user_ids = [f"{prefix}-{number:05}" for number in range(count)]
        self.add(*user_ids, segment=segment)
        return user_ids

    @property
    def sent(self) -> dict[str, Row[Any]]:
        """The messages that went out, by their IDs, in their order."""
        rows = self.store.rows(select(messages).order_by(messages.c.sent_at))
        return {row.send_id: row for row in rows}

    async def run(self, request: CampaignRequest) -> CampaignProgress:
        """Start a campaign, and return what it returned at its end."""
        await self.campaigns.begin(request)
        return await self.ended(request.campaign_id)

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
async def campaign_world(
    client: Client, store: MemoryStore | None = None, runner: WorkflowRunner | None = None
) -> AsyncIterator[World]:
    """Run a worker for one test."""
    world = World(client, store=store or MemoryStore(), runner=runner)
    async with world.worker():
        yield world


def assert_adds_up(progress: CampaignProgress) -> None:
    """Check the identity that holds at every instant."""
    parts = (progress.sent, progress.capped, progress.suppressed, progress.deferred, progress.failed)
    assert progress.audience == sum(parts) + progress.expired + progress.pending
    assert min(*parts, progress.expired, progress.pending) >= 0
    why = Counter[str]()
    for reason in progress.reasons:
        why[reason.outcome] += reason.users
    reasoned = ("capped", "suppressed", "deferred", "failed", "expired", "pending")
    assert {name: why[name] for name in reasoned} == {name: getattr(progress, name) for name in reasoned}
    assert progress.sends_over_time.total == progress.sent


def campaign(user_ids: Sequence[str], **changes: object) -> CampaignRequest:
    """Return a campaign to these users."""
    request = CampaignRequest(
        campaign_id=fresh("CMP"),
        name="Spring sale",
        channel=Channel.EMAIL,
        template=Template(subject=None if changes.get("channel") is Channel.SMS else "Spring", body="Hello {user_id}"),
        audience=InlineAudience(user_ids=list(user_ids)),
    )
    return CampaignRequest.model_validate(request.model_copy(update=changes).model_dump())


def send(send_id: str | None = None, **changes: object) -> SendRequest:
    """Return a message that wants to go."""
    request = SendRequest(send_id=send_id or fresh("S"), campaign_id="CMP-1", channel=Channel.EMAIL)
    return SendRequest.model_validate(request.model_copy(update=changes).model_dump())


def capped(limit: int, seconds: int = 86_400, *, channel: Channel | None = None) -> CapPolicy:
    """Return a policy of one rule."""
    window = RollingWindow(rolling_seconds=seconds)
    return CapPolicy(rules=[CapRule(name=f"{limit} in {seconds} s", limit=limit, window=window, channel=channel)])


def quiet(start: timedelta, end: timedelta) -> Preferences:
    """Return quiet hours in Paris, from so long after now until so long after now."""
    now = datetime.now(zone_info(PARIS))
    start_at, end_at = (f"{now + each:%H:%M}" for each in (start, end))
    return Preferences(quiet_hours=QuietHours(start=start_at, end=end_at, timezone=PARIS))


def running(progress: CampaignProgress) -> bool:
    """Return whether a campaign has begun."""
    return progress.status is CampaignStatus.RUNNING
