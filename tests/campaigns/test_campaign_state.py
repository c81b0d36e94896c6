"""A campaign's bookkeeping under any answers: everyone is in one place, and the sum holds at every step."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.campaigns import assert_adds_up, campaign
from tests.support.profiles import examples
from workflows.campaigns.backlog import MAX_RULES, MAX_WAITING, OTHER_RULES, Backlog, BacklogEntry
from workflows.campaigns.campaign_state import (
    MAX_ATTEMPTS,
    CampaignStart,
    CampaignState,
    continued,
    new_campaign,
    request_of,
)
from workflows.campaigns.campaign_view import (
    SHOWN_REASONS,
    campaign_actions,
    campaign_summary,
    outcome_reasons,
    pending_until,
    progress,
)
from workflows.campaigns.models import CampaignRequest, CampaignStatus
from workflows.campaigns.reasons import MAX_REASONS, OTHER
from workflows.campaigns.steps import BatchResult, UserResult
from workflows.campaigns.tally import NO_CLEAR_ANSWER, UNREACHED, SendMeter

START = datetime(2025, 6, 1, 12, tzinfo=UTC)
USERS = [f"U{number}" for number in range(8)]
RULES = ("2 a day", "5 a week", "opted out of email")

answers = st.tuples(
    st.sampled_from(["sent", "denied", "deferred", "failed", "expired", "unanswered"]),
    st.sampled_from(RULES),
    st.none() | st.integers(1, 100),
)


def state_of(request: CampaignRequest) -> CampaignState:
    return new_campaign(CampaignStart(**dict(request)), START)


def answer(drawn: tuple[str, str, int | None], user_id: str, now: datetime) -> UserResult:
    kind, rule, seconds = drawn
    eligible_at = now + timedelta(seconds=seconds) if seconds else None
    return UserResult.model_validate(
        {"user_id": user_id, "kind": kind, "detail": rule, "next_eligible_at": eligible_at}
    )


@examples(60, far=5_000, shrinks=True)
@given(
    st.sampled_from(["drop", "defer"]),
    st.lists(st.tuples(st.integers(1, 5), st.lists(answers, min_size=5, max_size=5), st.booleans(), st.booleans())),
)
def test_everyone_is_in_one_place_whatever_comes(
    when_capped: str, steps: list[tuple[int, list[tuple[str, str, int | None]], bool, bool]]
) -> None:
    request = campaign(USERS, when_capped=when_capped)
    state, now = state_of(request), START
    for size, drawn, lost, carried in steps:
        entries = state.backlog.take(size, now)
        seen = progress(request, state, len(entries), now)
        assert_adds_up(seen)
        assert seen.audience == len(USERS)
        if lost:
            state.backlog.put_back(entries)
        else:
            results = [answer(each, entry.user_id, now) for each, entry in zip(drawn, entries, strict=False)]
            state.apply(request, entries, BatchResult(results=results), now)
        if carried:
            start = CampaignStart.model_validate_json(continued(request, state).model_dump_json())
            assert start.carried is not None
            assert start.carried == state
            state = start.carried
        after = progress(request, state, 0, now)
        assert_adds_up(after)
        assert after.audience == len(USERS)
        waiting = [user for users in state.backlog.deferred.values() for user in users]
        left = [*state.backlog.queue, *waiting, *state.backlog.unanswered]
        assert len(left) == len(set(left)) == after.pending + after.deferred
        now = max(now, state.backlog.next_due() or now) + timedelta(seconds=1)


def test_a_user_who_never_gets_a_clear_answer_fails_after_a_while() -> None:
    request = campaign(["U"])
    state, now, times = state_of(request), START, []
    while not state.backlog.is_empty:
        entries = state.backlog.take(1, now)
        times.append(now)
        state.apply(request, entries, BatchResult(results=[UserResult(user_id="U", kind="unanswered")]), now)
        now = state.backlog.next_due() or now
    assert len(times) == MAX_ATTEMPTS
    assert times[-1] - times[0] > timedelta(hours=1)
    assert all(later - earlier <= timedelta(minutes=10) for earlier, later in pairwise(times))
    assert state.tally.failed == 1


def test_reasons_beyond_a_bound_are_counted_together() -> None:
    users = [f"U{number}" for number in range(MAX_REASONS + 7)]
    request = campaign(users)
    state = state_of(request)
    entries = state.backlog.take(len(users), START)
    results = [UserResult(user_id=user, kind="denied", detail=f"rule of {user}") for user in users]
    state.apply(request, entries, BatchResult(results=results), START)
    assert len(state.tally.reasons["capped"].named) == MAX_REASONS
    assert state.tally.reasons["capped"].other == 7
    assert state.tally.capped == len(users)
    shown = [(each.reason, each.users) for each in outcome_reasons(state, 0)]
    assert len(shown) == SHOWN_REASONS + 1
    assert shown[-1] == (OTHER, len(users) - SHOWN_REASONS)


def test_users_wait_for_a_bounded_number_of_rules() -> None:
    backlog = Backlog()
    for number in range(MAX_RULES + 7):
        backlog.defer(BacklogEntry(f"U{number}"), f"rule {number}", START)
    assert len(backlog.deferred) == MAX_RULES + 1
    assert len(backlog.deferred[OTHER_RULES]) == 7


def test_who_expires_is_counted_by_what_it_waited_for() -> None:
    request = campaign(USERS, when_capped="defer")
    state = state_of(request)
    entries = state.backlog.take(3, START)
    due = START + timedelta(hours=1)
    results = [
        UserResult(user_id="U0", kind="deferred", detail="quiet hours", next_eligible_at=due),
        UserResult(user_id="U1", kind="denied", detail="2 a day", next_eligible_at=due + timedelta(hours=1)),
        UserResult(user_id="U2", kind="unanswered"),
    ]
    state.apply(request, entries, BatchResult(results=results), START)
    waiting = {each.reason: (each.users, each.next_at) for each in outcome_reasons(state, 0) if each.next_at}
    assert waiting["quiet hours"] == (1, due)
    assert waiting["no clear answer yet"] == (1, START + timedelta(seconds=1))
    state.expire(START)
    assert state.tally.reasons["expired"].named == {"quiet hours": 1, "2 a day": 1, UNREACHED: 5}
    assert state.tally.reasons["failed"].named == {NO_CLEAR_ANSWER: 1}


def test_nobody_tells_when_those_who_wait_have_an_outcome() -> None:
    request = campaign(USERS)
    state = state_of(request)
    state.expanded = True
    state.enter(CampaignStatus.RUNNING, START, "running")
    assert pending_until(state, 0, 0.0, START) is None
    assert pending_until(state, 0, 2.0, START) == START + timedelta(seconds=4)
    state.backlog.retry(BacklogEntry("V"), START + timedelta(minutes=9))
    assert pending_until(state, 0, 2.0, START) == START + timedelta(minutes=9)
    for entry in state.backlog.take(8, START):
        state.backlog.defer(entry, "quiet hours", START + timedelta(hours=9))
    assert pending_until(state, 2, 2.0, START) == START + timedelta(minutes=9)
    state.hold("the provider is down", START)
    assert pending_until(state, 2, 2.0, START) is None


def test_at_most_so_many_users_wait_and_the_state_stays_below_what_temporal_takes() -> None:
    backlog = Backlog(queue=["fresh"])
    for number in range(MAX_WAITING):
        backlog.defer(BacklogEntry(f"{number:0>100}"), "2 a day on email", START + timedelta(seconds=number))
    assert backlog.take(5, START - timedelta(seconds=1)) == []
    assert not backlog.has_ready(START - timedelta(seconds=1))
    taken = backlog.take(3, START + timedelta(seconds=1))
    assert [entry.user_id.lstrip("0") for entry in taken] == ["", "1", "fresh"]
    assert len(backlog.model_dump_json()) < 1_800_000


def test_the_largest_audience_is_carried_without_its_list() -> None:
    users = [f"{number:0>100}" for number in range(10_000)]
    start = CampaignStart(**dict(campaign(users)))
    carried = continued(request_of(start), new_campaign(start, START))
    assert len(carried.model_dump_json()) < 1_100_000
    assert request_of(start).audience.model_dump()["user_ids"] == users[:100]


def test_the_meter_tells_sends_a_minute_and_the_rate() -> None:
    meter = SendMeter()
    for second in range(0, 180, 10):
        meter.add(20, START + timedelta(seconds=second))
    now = START + timedelta(seconds=180)
    assert meter.minutes(now) == [20, 120, 120, 100]
    assert meter.rate(now, since=START) == pytest.approx(2.0, abs=0.1)
    assert meter.rate(now + timedelta(minutes=5), since=START) == 0


def test_actions_and_row_follow_the_status() -> None:
    request = campaign(USERS)
    state = state_of(request)
    for status, legal in {
        CampaignStatus.SCHEDULED: ["pause", "set_rate", "cancel"],
        CampaignStatus.RUNNING: ["pause", "set_rate", "cancel"],
        CampaignStatus.PAUSED: ["resume", "set_rate", "cancel"],
        CampaignStatus.DONE: [],
        CampaignStatus.CANCELLED: [],
    }.items():
        state.enter(status, START, "x")
        actions = campaign_actions(state, 0)
        assert [action.name for action in actions if action.enabled] == legal
        assert all(action.effect if action.enabled else action.reason for action in actions)
        assert campaign_summary(request, state, 0).stage == status


def test_a_row_says_how_many_failed_once_the_campaign_has_ended() -> None:
    request = campaign(USERS)
    state = state_of(request)
    state.tally.failed = 2
    state.enter(CampaignStatus.RUNNING, START, "x")
    assert "failed" not in campaign_summary(request, state, 0).extra
    state.enter(CampaignStatus.DONE, START, "x")
    assert campaign_summary(request, state, 0).extra["failed"] == 2
