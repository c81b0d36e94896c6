"""Activities of the campaigns; every one is idempotent."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from temporalio import activity

from workflows.campaigns import pace
from workflows.campaigns.audience import find_audience, look_up
from workflows.campaigns.audience_models import AudienceAnswer, FindAudience
from workflows.campaigns.bounces import Bounce, SavedBounce
from workflows.campaigns.cap_usage import SAMPLE, cap_usage
from workflows.campaigns.cap_usage_models import AskCapUsage, CapUsage
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.digests.steps import CampaignHold, SettledHeld, SettleHeld
from workflows.campaigns.html import HtmlCache
from workflows.campaigns.ports import CampaignPorts
from workflows.campaigns.sending import Sender, read_zones, record_of
from workflows.campaigns.steps import (
    BatchResult,
    LoadUser,
    OpenCampaign,
    OpenedCampaign,
    SavedChanges,
    SegmentPage,
    SendBatch,
    UserChanges,
    UserRecord,
    UserResult,
)
from workflows.campaigns.user_answer import LookUpUser, UserAnswer
from workflows.campaigns.user_in_store import decide_in_store, state_in_store, try_policy
from workflows.campaigns.zones import ReadZones, ZoneTable
from workflows.runtime.server_clock import SERVER_CLOCK
from workflows.shared.items import ItemRecord, ItemToSave

MAX_CONCURRENT_SENDS = 16
"""Users of a batch."""

HEARTBEAT_SECONDS = 2.0
"""Of a batch."""


class CampaignActivities:
    """The activities, with their ports."""

    def __init__(self, ports: CampaignPorts, actors: UserActorsClient, *, registered: bool) -> None:
        """Use these ports; ``registered`` is whether the namespace knows the search attributes."""
        self._ports = ports
        self._registered = registered
        self._actors = actors
        self._html = HtmlCache(ports.templates)

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities, for a worker."""
        return [
            self.load_user,
            self.read_zones,
            self.save_changes,
            self.save_bounce,
            self.open_campaign,
            self.look_up_audience,
            self.look_up_user,
            self.look_up_cap_usage,
            self.close_campaign,
            self.segment_page,
            self.send_batch,
            self.hold_back,
            self.settle_held,
        ]

    @activity.defn
    async def load_user(self, step: LoadUser) -> UserRecord | None:
        """Return what the store knows of a user, None when there is none. Earlier actors' grants are void then."""
        user = await self._ports.users.claim(step.user_id)
        return None if user is None else record_of(user, step.at, step.zones)

    @activity.defn
    async def read_zones(self, step: ReadZones) -> ZoneTable:
        """Return the offsets of time zones, by the rules of today."""
        return read_zones(step.zones, step.at)

    @activity.defn
    async def save_changes(self, changes: UserChanges) -> SavedChanges:
        """Save what an actor was told, so that a new one knows it."""
        return await self._ports.users.save_changes(changes)

    @activity.defn
    async def save_bounce(self, bounce: Bounce) -> SavedBounce:
        """Keep what a provider says about an address."""
        return await self._ports.users.save_bounce(bounce)

    @activity.defn
    async def open_campaign(self, step: OpenCampaign) -> OpenedCampaign:
        """Return how a campaign ended in an earlier run, or what is known of its audience."""
        record = await self._ports.items.find(step.item_id)
        if record is not None:
            return OpenedCampaign(record=record)
        audience = await find_audience(step.audience, self._ports.users) if step.audience is not None else None
        html = await self._ports.templates.keep(step.html) if step.html is not None else None
        fields = await self._ports.users.merge_fields()
        return OpenedCampaign(audience=audience, html=html, fields=fields, links=self._ports.links is not None)

    @activity.defn
    async def look_up_audience(self, wanted: FindAudience) -> AudienceAnswer:
        """Return what is known of an audience, or what there is to choose from."""
        return await look_up(wanted, self._ports.users)

    @activity.defn
    async def look_up_user(self, wanted: LookUpUser) -> UserAnswer:
        """Return what the store knows of a user. The user's actor, if there is one, goes on as before."""
        users, user_id, now = self._ports.users, wanted.user_id, SERVER_CLOCK.now()
        user = (await users.users([user_id])).get(user_id)
        if user is None:
            return UserAnswer(like=await users.like_user(user_id))
        trial = try_policy(user, wanted.policy, now) if wanted.try_policy else None
        limits, send = await users.limits(user_id), wanted.send
        decision = decide_in_store(user, send, now, limits) if send else None
        return UserAnswer(state=state_in_store(user, now, limits), trial=trial, decision=decision)

    @activity.defn
    async def look_up_cap_usage(self, wanted: AskCapUsage) -> CapUsage:
        """Return how full the caps of users are; of many users a sample is read."""
        sample, now = await self._ports.users.sample(wanted.segment, SAMPLE), SERVER_CLOCK.now()
        rules = await asyncio.to_thread(cap_usage, sample.users, now)
        return CapUsage(at=now, segment=wanted.segment, total=sample.total, sampled=len(sample.users), rules=rules)

    @activity.defn
    async def close_campaign(self, item: ItemToSave) -> ItemRecord:
        """Save how a campaign ended, and return the record that stands."""
        return await self._ports.items.save(item.item_id, item.record)

    @activity.defn
    async def segment_page(self, page: SegmentPage) -> list[str]:
        """Return the next users of a segment."""
        return await self._ports.users.segment_page(page.segment, after=page.after, limit=page.limit)

    @activity.defn
    async def send_batch(self, batch: SendBatch) -> BatchResult:
        """Send to the users of a batch, a few at a time, for as long as a batch may take; who is left has no result.

        A retry after a crash sends nobody a second message.
        """
        ends = time.monotonic() + pace.BATCH_SECONDS
        html = await self._html.find(batch.html)
        sender = Sender(batch, self._ports, self._actors, html=html, cache=self._html, registered=self._registered)
        await sender.read_users(batch.user_ids)
        left = iter(batch.user_ids)
        results: list[UserResult] = []

        async def send_some() -> None:
            for user_id in left:
                results.append(await sender.send(user_id))
                if time.monotonic() > ends:
                    return

        async with asyncio.TaskGroup() as group:
            beating = group.create_task(_heartbeat())
            await asyncio.gather(*(send_some() for _ in range(MAX_CONCURRENT_SENDS)))
            beating.cancel()
        return BatchResult(results=results, not_before=sender.rate_limiter.not_before)

    @activity.defn
    async def hold_back(self, step: CampaignHold) -> None:
        """Let no digest take the messages of a campaign, or let them again."""
        await self._ports.held.hold_back(step)

    @activity.defn
    async def settle_held(self, step: SettleHeld) -> SettledHeld:
        """Withdraw messages of a campaign that ends; return what digests have already."""
        return SettledHeld(users=await self._ports.held.settle(step))


async def _heartbeat() -> None:
    """Say that the batch goes on, unless it ends before: a heartbeat is a call, and an action on Temporal Cloud."""
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        activity.heartbeat()
