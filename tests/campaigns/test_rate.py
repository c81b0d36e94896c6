"""The rate of a campaign, which may be set while it runs, and that of those who have waited for the same time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.campaigns import World, campaign, capped, running
from tests.support.eventually import eventually
from tests.support.profiles import examples
from workflows.campaigns.backlog import Backlog, BacklogEntry
from workflows.campaigns.campaign_state import continued, new_campaign
from workflows.campaigns.client import campaign_workflow_id
from workflows.campaigns.models import CampaignControl, SetPolicy, SetRate
from workflows.campaigns.pace import BATCH_SECONDS, after_lost_batch, head_start
from workflows.campaigns.steps import BatchResult
from workflows.shared.errors import ClosedError, RefusedError

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 1, 7, tzinfo=UTC)


def rate(a_second: float | None) -> SetRate:
    return SetRate(max_sends_per_second=a_second, by="ana", reason="the provider asks for it")


@pytest.mark.parametrize("a_second", [0, -1, 1e-300, 1e-7, 1001, 1e300, float("nan"), float("inf")])
def test_a_rate_whose_next_moment_may_be_none_is_refused(a_second: float) -> None:
    with pytest.raises(ValidationError, match="max_sends_per_second"):
        rate(a_second)
    with pytest.raises(ValidationError, match="max_sends_per_second"):
        campaign(["U1"], max_sends_per_second=a_second)


def test_the_lowest_rate_has_moments_for_a_million_users() -> None:
    assert after_lost_batch(0.001, 1_000_000, NOW) == NOW + timedelta(seconds=1_000_000_000)


async def test_a_slow_campaign_is_made_fast(world: World) -> None:
    request = campaign(world.add_users(30), max_sends_per_second=0.05)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent == 1)
    told = await world.campaigns.set_rate(request.campaign_id, rate(200))
    assert (told.sent, told.max_sends_per_second) == (1, 200)
    assert told.timeline[-1].text == "at most 200 a second from now on, set by ana: the provider asks for it"
    assert (await world.ended(request.campaign_id)).sent == 30


async def test_a_fast_campaign_is_made_slow_within_a_second_and_stays_so(world: World) -> None:
    request = campaign(world.add_users(300), max_sends_per_second=60)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent > 0)
    await world.campaigns.set_rate(request.campaign_id, rate(4))
    control = CampaignControl(by="ana")
    await world.campaigns.pause(request.campaign_id, control)
    await world.campaigns.resume(request.campaign_id, control)

    async def latest() -> Sequence[datetime]:
        return [row.sent_at for row in world.sent.values()][-4:]

    def slow(sent: Sequence[datetime]) -> bool:
        return len(sent) == 4 and all(later - earlier > 0.15 * SECOND for earlier, later in pairwise(sent))

    await eventually(latest, slow)
    assert len(world.sent) < 200
    assert (await world.campaigns.set_rate(request.campaign_id, rate(None))).max_sends_per_second is None
    await world.campaigns.cancel(request.campaign_id, control)


async def test_a_rate_that_is_none_is_refused(world: World) -> None:
    request = campaign(world.add_users(3), max_sends_per_second=0.05)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, running)
    handle = world.client.get_workflow_handle(campaign_workflow_id(request.campaign_id))
    for wrong in (0, -1, "fast", 10_000):
        with pytest.raises(Exception, match="update failed") as refused:
            await handle.execute_update("set_rate", {"max_sends_per_second": wrong, "by": "ana"})
        assert "max_sends_per_second: Input should be" in str(refused.value.__cause__)
    progress = await world.campaigns.cancel(request.campaign_id, CampaignControl(by="ana"))
    assert progress.max_sends_per_second == 0.05
    assert [action.reason for action in progress.actions if action.name == "set_rate"] == [
        "the campaign is cancelled already"
    ]
    with pytest.raises((RefusedError, ClosedError)):  # it may have ended by now
        await world.campaigns.set_rate(request.campaign_id, rate(1))


@examples(100, far=3_000, shrinks=True)
@given(st.lists(st.none() | st.sampled_from([0.5, 2.0, 40.0]), min_size=1, max_size=6), st.integers(0, 5))
def test_a_rate_outlives_the_run_and_is_kept_across_changes(rates: list[float | None], under_way: int) -> None:
    """A batch is under way while some of the rates are set; each message keeps its distance by the rate that is set."""
    request = campaign(["U"], max_sends_per_second=40)
    state, now, by = new_campaign(request, NOW), NOW, 40.0
    for number, each in enumerate(rates):
        now += SECOND / 10
        state.set_rate(each, now)
        if number == under_way:
            state.apply(request, [], BatchResult(results=[], not_before=now + SECOND / by), now, by)
    assert continued(request, state).carried == state
    last = rates[-1]
    if last is None:
        assert state.not_before is None
    else:
        assert state.not_before is not None
        assert state.not_before <= now + SECOND / last
        assert state.not_before >= NOW


@examples(60, far=2_000, shrinks=True)
@given(st.integers(1, 150), st.sampled_from([None, 0.5, 3.0, 200.0]), st.integers(1, 100), st.integers(0, 3))
def test_who_waited_for_the_same_time_leaves_at_a_bounded_rate(
    users: int, held: float | None, limit: int, late: int
) -> None:
    backlog, a_second = Backlog(), held or 50.0
    for number in range(users):
        backlog.defer(BacklogEntry(f"U{number:04}"), "quiet hours", NOW)
    now, left = NOW + late * SECOND, []
    while backlog.deferred_users:
        due = backlog.next_due()
        assert due is not None
        now = max(now, due)
        taken = [entry.user_id for entry in backlog.take(limit, now, a_second)]
        assert taken
        left += [(now, user_id) for user_id in taken]
    assert [user_id for _, user_id in left] == sorted(user_id for _, user_id in left)
    most = a_second + max(1.0, a_second * BATCH_SECONDS)
    for at, _ in left:
        assert sum(at <= other < at + SECOND for other, _ in left) <= most + 1


async def test_of_those_who_wait_for_the_same_time_the_higher_priority_goes_first(world: World) -> None:
    [user_id] = world.add_users(1)
    await world.actors.set_policy(user_id, SetPolicy(policy=capped(1, seconds=2), by="ana"))
    first = campaign([user_id])
    assert (await world.run(first)).sent == 1
    low, high = (campaign([user_id], priority=priority, when_capped="defer") for priority in (6, 10))
    for request in (low, high):
        await world.campaigns.begin(request)
        await world.progress_when(request.campaign_id, lambda progress: progress.deferred == 1)
    for request in (high, low):
        assert (await world.ended(request.campaign_id)).sent == 1
    order = [row.campaign_id for row in world.sent.values()]
    assert order == [first.campaign_id, high.campaign_id, low.campaign_id]
    assert head_start(10) < head_start(9) < head_start(5) < head_start(1) < head_start(0)
