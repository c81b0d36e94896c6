"""The demo's marketers, who run campaigns, and users who opt out or set quiet hours."""

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection
from temporalio.client import Client

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import segment_members, segments
from workflows.campaigns.client import CAMPAIGN_WORKFLOW_TYPE, CampaignsClient, UserActorsClient
from workflows.campaigns.models import (
    CampaignControl,
    CampaignRequest,
    Channel,
    ChannelConsent,
    QuietHours,
    SegmentAudience,
    SetPreferences,
    Template,
)
from workflows.shared.errors import CallError

log = logging.getLogger(__name__)

SECONDS_BETWEEN_CAMPAIGNS = 240

READERS = "readers"
"""The demo's own segment. The last odd users are in none of its audiences: caps are left to people who try things."""
READER_IDS = [f"USER-{number:03}" for number in range(1, 41)]


@dataclass(frozen=True)
class Idea:
    """A campaign that may be run."""

    name: str
    channel: Channel
    segment: str
    subject: str | None
    body: str
    priority: int
    a_second: float
    defer: bool = False


IDEAS = (
    Idea("Welcome back", Channel.EMAIL, "newsletter", "We missed you", "Hello {{ user_id }}, look what is new.", 5, 20),
    Idea("Spring sale", Channel.EMAIL, READERS, "20 % off desks", "Hello {{ user_id }}, only this week.", 5, 0.5),
    Idea("Flash deal", Channel.PUSH, READERS, None, "Lamps at half price until midnight", 8, 2),
    Idea("Parcel lockers", Channel.SMS, "newsletter", None, "Pick up your parcel when it suits you", 3, 0.2),
    Idea("Summer catalogue", Channel.EMAIL, READERS, "The new catalogue", "It is out, {{ user_id }}", 4, 1, defer=True),
    Idea("Survey", Channel.EMAIL, "newsletter", "Two questions", "How do we do, {{ user_id }}?", 1, 0.5),
)


async def play(client: Client, store: Store) -> None:
    """Fill the campaigns system if it is empty, then start campaigns until cancelled."""
    await store.write(add_readers)
    marketing = Marketing(client)
    await marketing.fill()
    await marketing.live()


def add_readers(connection: Connection) -> None:
    """Make the demo's own segment, of sample users."""
    insert_new(connection, segments, {"segment": READERS})
    for user_id in READER_IDS:
        insert_new(connection, segment_members, {"segment": READERS, "user_id": user_id})


class Marketing:
    """The marketing team, and some users."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._campaigns = CampaignsClient(client)
        self._actors = UserActorsClient(client)
        self._chance = random.Random()  # noqa: S311 - not a secret

    async def fill(self) -> None:
        """Start campaigns in several stages, unless there are campaigns already."""
        if (await self._client.count_workflows(f"WorkflowType = '{CAMPAIGN_WORKFLOW_TYPE}'")).count:
            return
        await self._users_choose()
        for idea in IDEAS[:5]:
            campaign_id = await self._launch(idea)
            if campaign_id and idea.channel == Channel.SMS:
                await self._pause(campaign_id)

    async def live(self) -> None:
        """Start a campaign now and then."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / SECONDS_BETWEEN_CAMPAIGNS))
            await self._launch(self._chance.choice(IDEAS))

    async def _users_choose(self) -> None:
        no_sms = SetPreferences(channels=ChannelConsent(sms=False), by="user")
        no_push = SetPreferences(channels=ChannelConsent(push=False), by="user")
        now = datetime.now(UTC)
        quiet = SetPreferences(
            channels=ChannelConsent(),
            quiet_hours=QuietHours(
                start=f"{(now.hour - 1) % 24:02}:00", end=f"{(now.hour + 8) % 24:02}:00", timezone="UTC"
            ),
            by="user",
        )
        choices = {"USER-004": no_sms, "USER-007": no_push, "USER-012": no_push, "USER-017": quiet, "USER-023": quiet}
        for user_id, choice in choices.items():
            await self._actors.set_preferences(user_id, choice)

    async def _launch(self, idea: Idea) -> str | None:
        request = CampaignRequest(
            campaign_id=f"{idea.name.upper().replace(' ', '-')}-{datetime.now(UTC):%m%d-%H%M%S}",
            name=idea.name,
            channel=idea.channel,
            tags=["demo"],
            priority=idea.priority,
            template=Template(subject=idea.subject, body=idea.body),
            audience=SegmentAudience(name=idea.segment),
            max_sends_per_second=idea.a_second,
            when_capped="defer" if idea.defer else "drop",
        )
        try:
            await self._campaigns.begin(request)
        except CallError as error:
            log.info("demo: %s", error)
            return None
        return request.campaign_id

    async def _pause(self, campaign_id: str) -> None:
        try:
            control = CampaignControl(by="mia", reason="waiting for the legal team")
            await self._campaigns.pause(campaign_id, control)
        except CallError as error:
            log.info("demo: %s", error)
