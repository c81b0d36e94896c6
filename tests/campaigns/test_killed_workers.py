"""Workers that are killed in the middle of everything: no cap is exceeded, and no message is lost or doubled."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.campaigns import World, assert_adds_up, campaign
from tests.support.eventually import eventually
from tests.support.processes import running
from tests.support.rows import rows
from tests.support.temporal import dev_server, fresh
from workers.store.consent_schema import bounces
from workers.store.migrate import open_store
from workers.store.schema import messages
from workers.store.users import upsert_users
from workflows.campaigns.bounces import BounceKind, ReportBounce
from workflows.campaigns.models import CampaignStatus, Channel, Preferences
from workflows.campaigns.ports import User
from workflows.shared.errors import CallError

USERS = 16
BOUNCED = 4
"""More users: while the worker is killed, a provider reports that their addresses do not exist."""
CAMPAIGNS = 3
SENT = 12
"""After so many messages the worker is killed, and another one started."""


@pytest.mark.timeout(480)  # the dead worker's tasks must time out first
async def test_caps_hold_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    store_url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    store = await open_store(store_url)
    users, bounced = ([f"{fresh('U')}-{number}" for number in range(each)] for each in (USERS, BOUNCED))
    await store.write(
        upsert_users, [(User(user, f"{user}@example.com", "", "UTC", Preferences()), []) for user in [*users, *bounced]]
    )

    async def sent() -> list[tuple[str, str]]:
        found = await store.read(rows, select(messages.c.user_id, messages.c.send_id))
        return [(row.user_id, row.send_id) for row in found]

    async def report(user: str) -> list[tuple[str, str]]:
        """Report until an actor answers, and return what had gone out to the user until then."""
        said = ReportBounce(channel=Channel.EMAIL, kind=BounceKind.HARD, send_id="S-1", by="postmaster")
        await eventually(lambda: world.actors.report_bounce(user, said), lambda _: True, ignoring=(CallError,))
        return [each for each in await sent() if each[0] == user]

    async with dev_server("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=30") as environment:
        world = World(environment.client)
        address = environment.client.service_client.config.target_host
        worker = [sys.executable, "-m", "tests.support.campaigns_process", address, world.task_queue, store_url]
        audience = [*users[:SENT], *bounced, *users[SENT:]]
        requests = [campaign(audience, max_sends_per_second=20) for _ in range(CAMPAIGNS)]  # slow enough to be killed
        for request in requests:
            await world.campaigns.begin(request)
        with running(worker):
            await eventually(sent, lambda found: len(found) >= SENT)
            reports = [asyncio.create_task(report(user)) for user in bounced]
        with running(worker):
            until_told = [each for told in await asyncio.gather(*reports) for each in told]
            ended = [await world.ended(request.campaign_id) for request in requests]
            states = [await world.actors.get_user_state(user) for user in audience]

    delivered, reported = await sent(), await store.read(rows, select(bounces))
    await store.close()
    to_bounced = [each for each in delivered if each[0] in bounced]
    assert sorted(to_bounced) == sorted(until_told)  # nothing afterwards
    assert Counter(user for user, _ in delivered if user not in bounced) == dict.fromkeys(users, 2)
    for progress in ended:
        assert_adds_up(progress)
        assert (progress.status, progress.audience, progress.pending) == (CampaignStatus.DONE, USERS + BOUNCED, 0)
    assert sum(progress.sent for progress in ended) == 2 * USERS + len(to_bounced)
    refused = sum(progress.suppressed + progress.capped for progress in ended)
    assert refused == (CAMPAIGNS - 2) * USERS + CAMPAIGNS * BOUNCED - len(to_bounced)
    assert [(row.kind, row.suppresses) for row in reported] == [("hard", True)] * BOUNCED
    counted = {send.send_id for state in states for send in state.recent}
    assert counted == {send_id for _, send_id in delivered}
