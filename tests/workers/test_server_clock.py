"""A worker whose clock is wrong decides by the server's, and says so."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from temporalio.client import Client

from tests.support.campaigns import campaign, campaign_world
from tests.support.orders import open_shop
from workers.supervisor.counting import clock_warning
from workers.supervisor.health import HealthBoard
from workflows.campaigns.models import CampaignStatus
from workflows.runtime.server_clock import SERVER_CLOCK, ServerClock

NOW = datetime(2025, 1, 31, 12, tzinfo=UTC)
HOURS = timedelta(hours=2)
SECOND = timedelta(seconds=1)


def test_the_least_delayed_time_tells_the_difference() -> None:
    clock = ServerClock(lambda: NOW)
    assert clock.now() == NOW
    for delay in (3, 1, 2):
        clock.learn(NOW - HOURS - delay * SECOND)
    assert clock.now() == NOW - HOURS - SECOND


def test_a_clock_that_is_set_counts_at_once() -> None:
    clock = ServerClock(lambda: NOW)
    clock.learn(NOW + HOURS)
    clock.learn(NOW)
    assert clock.ahead == timedelta()


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (SECOND, ""),
        (-HOURS, "this machine's clock is 2 hours ahead of the Temporal server's: set it"),
        (
            HOURS + 65 * SECOND,
            "this machine's clock is 2 hours, 1 minute and 5 seconds behind the Temporal server's: set it",
        ),
    ],
)
def test_only_a_difference_that_matters_is_said(ahead: timedelta, words: str) -> None:
    assert clock_warning(ahead) == words


def test_a_warning_begins_once() -> None:
    board = HealthBoard([])
    assert board.warn("clock", "two hours ahead")
    assert not board.warn("clock", "two hours and a second ahead")
    assert not board.warn("clock", "")
    assert board.warn("clock", "two hours ahead")


@pytest.mark.parametrize("wrong", [HOURS, -HOURS])
async def test_a_campaign_neither_expires_nor_waits_by_a_wrong_clock(client: Client, wrong: timedelta) -> None:
    async with campaign_world(client) as world:
        real = datetime.now(UTC)
        expires_at = real + timedelta(hours=1)
        request = campaign(world.add_users(4), expires_at=expires_at, max_sends_per_second=50)
        with time_machine.travel(real + wrong, tick=True):
            SERVER_CLOCK.learn(real)
            progress = await world.run(request)
    SERVER_CLOCK.learn(datetime.now(UTC))
    assert (progress.status, progress.sent, progress.expired) == (CampaignStatus.DONE, 4, 0)


@pytest.mark.parametrize("wrong", [HOURS, -HOURS])
async def test_an_order_is_not_estimated_by_a_wrong_clock(client: Client, wrong: timedelta) -> None:
    async with open_shop(client) as shop:
        request = await shop.start(fulfilment_seconds_per_step=60)
        real = datetime.now(UTC)
        with time_machine.travel(real + wrong, tick=True):
            SERVER_CLOCK.learn(real)
            estimate = await shop.orders.get_delivery_estimate(request.order_id)
        SERVER_CLOCK.learn(datetime.now(UTC))
        assert estimate.earliest is not None
        assert abs(estimate.earliest - real) < HOURS / 2
