"""What a campaign does by itself if nobody acts."""

from datetime import UTC, datetime, timedelta

from tests.support.campaigns import campaign
from workflows.campaigns.backlog import BacklogEntry
from workflows.campaigns.campaign_state import CampaignStart, CampaignState, new_campaign
from workflows.campaigns.forecast import forecast
from workflows.campaigns.models import CampaignStatus

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
USERS = [f"U{number}" for number in range(8)]


def running(users: list[str]) -> CampaignState:
    state = new_campaign(CampaignStart(**dict(campaign(users or USERS))), NOW)
    state.status, state.expanded = CampaignStatus.RUNNING, True
    if not users:
        state.backlog.clear()
    return state


def told(
    state: CampaignState, *, pace: float = 0.0, until: datetime | None = None, expires: datetime | None = None
) -> list[tuple[timedelta, str]]:
    events = forecast(state, 0, NOW, pace=pace, pending_until=until, expires_at=expires)
    return [(event.at - NOW, event.what) for event in events]


def test_it_is_done_when_everyone_has_an_outcome_or_expires_before() -> None:
    done = (HOUR, "everyone who is pending has an outcome, at this pace, and the campaign is done")
    assert told(running(USERS), pace=0.1, until=NOW + HOUR) == [done]
    assert told(running(USERS), pace=0.001, until=NOW + 2 * HOUR, expires=NOW + HOUR) == [
        (HOUR, "the campaign ends: about 4 users expired")
    ]
    assert told(running(USERS), expires=NOW + HOUR) == [(HOUR, "the campaign ends: whoever is left is expired")]
    assert told(running(USERS), pace=1, until=NOW + HOUR / 2, expires=NOW + HOUR)[1:] == [(HOUR, "the campaign ends")]


def test_a_paused_one_lets_everyone_expire() -> None:
    state = running(USERS)
    state.status = CampaignStatus.PAUSED
    assert told(state) == []
    assert told(state, expires=NOW + HOUR) == [(HOUR, "the campaign ends, since it stays paused: 8 users expired")]
    state.status = CampaignStatus.CANCELLED
    assert told(state, expires=NOW + HOUR) == []


def test_deferred_users_come_again_before_it_expires() -> None:
    state = running([])
    for number in range(3):
        state.backlog.defer(BacklogEntry(f"U{number}"), "2 a day", NOW + (number + 1) * HOUR)
    first = (HOUR, "the first of 3 deferred users may get the message")
    assert told(state) == [first, (3 * HOUR, "the last of them may, so that the campaign can end")]
    assert told(state, expires=NOW + 2 * HOUR) == [first, (2 * HOUR, "the campaign ends: 1 user expired")]
    state.hold_until = NOW + HOUR / 2
    assert told(state)[0] == (HOUR / 2, "sending is tried again")
