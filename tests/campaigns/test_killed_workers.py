"""Workers that are killed in the middle of everything: no cap is exceeded, and no message is lost or doubled."""

import sys
from collections import Counter
from pathlib import Path

from tests.support.campaigns import World, assert_adds_up, campaign
from tests.support.eventually import eventually
from tests.support.processes import running
from tests.support.temporal import dev_server, fresh
from workflows.campaigns.models import CampaignStatus

USERS = 40
CAMPAIGNS = 4
KILLS = (15, 45)
"""After so many messages the worker is killed, and another one started."""


async def test_caps_hold_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()

    def sent() -> int:
        return len(list(folder.glob("*:*")))

    async with dev_server("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=30") as environment:
        world = World(environment.client)
        address = environment.client.service_client.config.target_host
        worker = [sys.executable, "-m", "tests.support.campaigns_process", address, world.task_queue, str(folder)]
        users = [f"{fresh('U')}-{number}" for number in range(USERS)]
        requests = [campaign(users) for _ in range(CAMPAIGNS)]
        for request in requests:
            await world.campaigns.start(request)
        for kill_after in KILLS:
            with running(worker):
                await eventually(sent, kill_after.__le__)
        with running(worker):
            ended = [await world.ended(request.campaign_id) for request in requests]
            states = [await world.actors.get_user_state(user) for user in users]

    delivered = Counter(path.name.split(":")[1] for path in folder.glob("*:*"))
    assert delivered == dict.fromkeys(users, 2)
    for progress in ended:
        assert_adds_up(progress)
        assert (progress.status, progress.audience, progress.pending) == (CampaignStatus.DONE, USERS, 0)
    assert sum(progress.sent for progress in ended) == 2 * USERS
    assert sum(progress.capped for progress in ended) == (CAMPAIGNS - 2) * USERS
    counted = {send.send_id for state in states for send in state.recent}
    assert counted == {path.name for path in folder.glob("*:*")}
