"""Campaigns, actors and the store in one event loop, whose every call waits until the test lets it go, or fail."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import select

from tests.campaigns.digests.actors import USERS, Actors, ActorsBehindSteps, Steps, settled
from tests.support.campaigns import assert_adds_up, campaign
from tests.support.memory_store import MemoryStore
from workers.services.message_provider import StoreMessageProvider
from workers.store.held_messages import SqlHeldMessages
from workers.store.held_schema import held_messages
from workers.store.inserts import insert_new
from workers.store.items import SqlItems
from workers.store.opt_outs import save_opt_out
from workers.store.outbox import message_outbox
from workers.store.schema import messages
from workers.store.templates import SqlTemplates
from workers.store.types import utc_now
from workers.store.users import SqlUsers, upsert_users
from workflows.campaigns.backlog import BacklogEntry
from workflows.campaigns.campaign_state import CampaignStart, CampaignState, continued, new_campaign
from workflows.campaigns.campaign_view import progress
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.digests.parts import DIGEST
from workflows.campaigns.digests.steps import CampaignHold, SettleHeld
from workflows.campaigns.html import HtmlCache
from workflows.campaigns.models import (
    CampaignProgress,
    CampaignRequest,
    CampaignStatus,
    Channel,
    Preferences,
    Template,
)
from workflows.campaigns.ports import CampaignPorts, User
from workflows.campaigns.sending import Sender
from workflows.campaigns.steps import BatchResult, SendBatch

FULL = "FULL"
"""The campaign that has filled the caps."""
FAR = timedelta(days=400)
"""By so much a campaign's clock is fast: whoever waits for a time is due."""


class Campaign:
    """One campaign, whose batches may die, and go on all the same."""

    def __init__(self, number: int, lab: "Lab") -> None:
        self.request: CampaignRequest = campaign(
            USERS,
            campaign_id=f"C{number}",
            priority=number,
            when_capped="digest",
            template=Template(subject=f"Subject {number}", body=f"Body of C{number}."),
        )
        self.state: CampaignState = new_campaign(CampaignStart(**dict(self.request)), utc_now())
        self.state.expanded = True
        self.state.enter(CampaignStatus.RUNNING, utc_now(), "running")
        self.told_back = False
        """Whether the store knew before the latest act that its messages stay."""
        self._lab = lab
        self._in_flight: dict[asyncio.Task[list[Any]], list[BacklogEntry]] = {}

    async def begin_batch(self) -> None:
        """Begin a batch with whoever is due."""
        if self.state.status is not CampaignStatus.RUNNING or self._in_flight:
            return
        entries = self.state.backlog.take(len(USERS), utc_now() + FAR, 1_000)
        if entries:
            self._in_flight[asyncio.create_task(self._send(entries))] = entries
            await settled()

    async def _send(self, entries: list[BacklogEntry]) -> list[Any]:
        user_ids = [entry.user_id for entry in entries]
        batch = SendBatch(request=self.request, user_ids=user_ids)
        actors = cast("UserActorsClient", self._lab.actors_behind_steps)
        ports = self._lab.ports
        sender = Sender(batch, ports, actors, html=None, cache=HtmlCache(ports.templates), registered=True)
        await sender.read_users(user_ids)
        return list(await asyncio.gather(*(sender.send(user_id) for user_id in user_ids)))

    def collect(self) -> None:
        """Apply the results of batches that have ended."""
        for task, entries in list(self._in_flight.items()):
            if not task.done():
                continue
            del self._in_flight[task]
            if task.exception() is None:
                self.state.apply(self.request, entries, BatchResult(results=task.result()), utc_now())
            else:
                self.state.backlog.put_back(entries)
        self.check()

    async def lose_batch(self) -> None:
        """Nobody hears of the batch under way any more, which goes on all the same."""
        for task, entries in self._in_flight.items():
            self._lab.lost.append(task)
            self.state.backlog.put_back(entries)
        self._in_flight.clear()

    async def continue_as_new(self) -> None:
        """Go on with what is carried to the next run."""
        carried = CampaignStart.model_validate_json(continued(self.request, self.state).model_dump_json()).carried
        assert carried == self.state
        self.state = carried

    async def hold_back(self, status: CampaignStatus) -> None:
        """Pause, resume or end."""
        if not self.state.is_open:
            return
        self.state.enter(status, utc_now(), "as the test says")
        hold = CampaignHold(campaign_id=self.request.campaign_id, held_back=self.state.holds_back, at=utc_now())
        await SqlHeldMessages(self._lab.store).hold_back(hold)

    async def end(self) -> None:
        """Be cancelled: after the batches under way, users are settled."""
        if not self.state.is_open:
            return
        ids = [f"{self.request.campaign_id}:{user}" for user in USERS]
        all_held = len(await SqlHeldMessages(self._lab.store).known(ids)) == len(USERS)
        # A lost batch may still send what was never held, as that of any campaign.
        while self._in_flight or not (all_held or all(task.done() for task in self._lab.lost)):
            await self._lab.steps.let_go(0, "succeeds")
            self.collect()
        await self.hold_back(CampaignStatus.CANCELLED)
        step = SettleHeld(campaign_id=self.request.campaign_id, user_ids=self.state.backlog.users)
        self.state.settle(await SqlHeldMessages(self._lab.store).settle(step), utc_now())
        self.check()

    @property
    def idle(self) -> bool:
        """Whether no batch is under way."""
        return not self._in_flight

    def check(self) -> CampaignProgress:
        """Return the progress, which must add up."""
        in_flight = sum(len(entries) for entries in self._in_flight.values())
        seen = progress(self.request, self.state, in_flight, utc_now())
        assert_adds_up(seen)
        assert seen.audience == len(USERS)
        return seen


class Lab:
    """Four campaigns to two users."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        listed = [User(user, f"{user}@example.com", "", "UTC", Preferences()) for user in USERS]
        self.store.run(upsert_users, [(user, []) for user in listed])
        self.steps = Steps()
        self.actors = Actors(self.store)
        self.actors_behind_steps = ActorsBehindSteps(self.actors, self.steps)
        provider = StoreMessageProvider(message_outbox(self.store), None)
        users, held = self.steps.wrap(SqlUsers(self.store)), self.steps.wrap(SqlHeldMessages(self.store))
        items, templates = SqlItems(self.store), SqlTemplates(self.store)
        self.ports = CampaignPorts(users, self.steps.wrap(provider), items, templates, held)
        self.campaigns = [Campaign(number, self) for number in range(4)]
        self.lost: list[asyncio.Task[list[Any]]] = []
        self.opted_out: dict[str, int] = {}
        """How many messages they had by then."""
        self.seen: set[str] = set()

    def sent(self) -> dict[str, list[str]]:
        """Return the IDs of the campaigns' messages that went out to users, by user; caps must hold."""
        rows = self.store.rows(select(messages).where(messages.c.rejection.is_(None)))
        joined = self.store.rows(select(held_messages).where(held_messages.c.digest_id.is_not(None)))
        delivered: dict[str, list[str]] = {user: [] for user in USERS}
        for user in USERS:
            own = [row for row in rows if row.user_id == user and row.campaign_id != FULL]
            assert len(own) <= self.actors.limits[user], "a cap is exceeded"
            for row in own:
                parts = [each.send_id for each in joined if each.digest_id == row.send_id] or [row.send_id]
                said = [f"C{number}:{user}" for number in range(len(self.campaigns)) if f"of C{number}." in row.body]
                assert sorted(parts) == said
                assert (row.campaign_id == DIGEST) == (len(parts) > 1)
                delivered[user] += parts
            assert len(delivered[user]) == len(set(delivered[user])), "a message went out twice"
            if user in self.opted_out:
                assert len(own) == self.opted_out[user], "a message after the opt-out"
        self._check_new_digests({each.send_id: each.digest_id for each in joined})
        assert {each.digest_id for each in joined} <= {row.send_id for row in rows}
        return delivered

    def _check_new_digests(self, joined: dict[str, str]) -> None:
        """Nothing of a campaign that holds its messages back is in a digest that is new."""
        new = {send_id for send_id, digest_id in joined.items() if digest_id not in self.seen and digest_id != send_id}
        held_back = tuple(f"{each.request.campaign_id}:" for each in self.campaigns if each.told_back)
        assert not [each for each in new if each.startswith(held_back)], "a digest of a paused campaign"
        self.seen |= set(joined.values())

    def opt_out(self, user: str) -> None:
        """Let a user opt out by a link."""
        if user not in self.opted_out:
            self.store.run(save_opt_out, user, Channel.EMAIL)
            own = messages.c.user_id == user, messages.c.campaign_id != FULL
            self.opted_out[user] = len(self.store.rows(select(messages).where(*own)))

    async def hold_all(self) -> None:
        """Let every cap be full, so that all messages of all campaigns but the last are held."""
        for user in USERS:
            row = {"send_id": f"{FULL}:{user}", "campaign_id": FULL, "user_id": user, "channel": "email"}
            sent = {**row, "address": "", "body": "", "granted_at": utc_now(), "sent_at": utc_now()}
            self.store.run(insert_new, messages, sent)
        for each in self.campaigns[:-1]:
            await each.begin_batch()
            while not each.idle:
                await self.steps.let_go(0, "succeeds")
                each.collect()

    async def finish(self) -> None:
        """Let everything end: nothing fails any more, and there is room under the caps."""
        for campaign_ in self.campaigns:
            campaign_.told_back = False
            if campaign_.state.status is CampaignStatus.PAUSED:
                await campaign_.hold_back(CampaignStatus.RUNNING)
        for _ in range(30):
            for campaign_ in self.campaigns:
                campaign_.collect()
                await campaign_.begin_batch()
            if not self.steps.waiting and all(each.idle and self.is_over(each) for each in self.campaigns):
                await asyncio.gather(*self.lost, return_exceptions=True)
                return
            for user in USERS:
                self.actors.allow(user, 1)
            for _ in range(100):
                if self.steps.waiting:
                    await self.steps.let_go(0, "succeeds")
        raise AssertionError("it does not end")

    def is_over(self, campaign_: Campaign) -> bool:
        """Return whether a campaign has nobody left."""
        return not campaign_.state.is_open or campaign_.state.backlog.is_empty

    def assert_outcomes(self) -> None:
        """Check that each campaign counts as sent what went out, and that nothing is missing."""
        delivered = self.sent()
        row = held_messages.c
        assert not self.store.rows(select(row.send_id).where(row.digest_id.is_(None), row.withdrawn_at.is_(None)))
        for each in self.campaigns:
            seen = each.check()
            ids = [f"{each.request.campaign_id}:{user}" for user in USERS]
            assert seen.sent == sum(id_ in delivered[user] for id_, user in zip(ids, USERS, strict=True))
            everybody = seen.sent + seen.suppressed == len(USERS)
            assert each.state.status is CampaignStatus.CANCELLED or everybody
            assert seen.suppressed <= len(self.opted_out)


Act = tuple[str, int, str]
"""What the test does, to which campaign, user or call, and how a call ends."""


async def play(acts: Sequence[Act]) -> Lab:
    """Do all that, and then let everything end."""
    lab = Lab()
    await lab.hold_all()
    for act, which, fate in acts:
        for each in lab.campaigns:
            each.told_back = each.state.holds_back
        if act == "go":
            await lab.steps.let_go(which, fate)
        elif act in OF_USERS:
            OF_USERS[act](lab, USERS[which % len(USERS)])
        else:
            await OF_CAMPAIGNS[act](lab.campaigns[which % len(lab.campaigns)])
        for each in lab.campaigns:
            each.collect()
        lab.sent()
    await lab.finish()
    return lab


OF_USERS: Mapping[str, Callable[[Lab, str], object]] = {
    "lose actor": lambda lab, user: lab.actors.states.pop(user, None),
    "room": lambda lab, user: lab.actors.allow(user, 1),
    "opt out": Lab.opt_out,
}
OF_CAMPAIGNS: Mapping[str, Callable[[Campaign], Awaitable[None]]] = {
    "send": Campaign.begin_batch,
    "lose batch": Campaign.lose_batch,
    "pause": lambda one: one.hold_back(CampaignStatus.PAUSED),
    "resume": lambda one: one.hold_back(CampaignStatus.RUNNING),
    "continue": Campaign.continue_as_new,
    "cancel": Campaign.end,
}
