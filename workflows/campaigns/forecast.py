"""What a campaign does by itself if nobody acts: further tries, its last sends, and its end."""

from collections.abc import Iterator
from datetime import datetime

from workflows.campaigns.campaign_state import CampaignState
from workflows.campaigns.models import CampaignStatus
from workflows.shared.counts import number_of
from workflows.shared.forecast import NextEvent, upcoming


def forecast(
    state: CampaignState,
    in_flight: int,
    now: datetime,
    *,
    pace: float,
    pending_until: datetime | None,
    expires_at: datetime | None,
) -> list[NextEvent]:
    """Return what happens by itself, until the campaign expires if it does.

    ``pace`` is in users a second, and ``pending_until`` is when all pending users have an outcome at it.
    """
    if not state.is_open:
        return []
    events = [] if state.status is CampaignStatus.PAUSED else [*_sends(state, now, pending_until)]
    if expires_at is not None:
        events = [(at, what) for at, what in events if at < expires_at]
        left = _left_at(expires_at, state, in_flight, now, pace)
        events.append((expires_at, f"the campaign ends{left}"))
    return upcoming(events)


def _sends(state: CampaignState, now: datetime, pending_until: datetime | None) -> Iterator[tuple[datetime, str]]:
    if state.hold_until is not None and state.hold_until > now:
        yield state.hold_until, "sending is tried again"
    deferred, waiting = state.backlog.deferred_users, state.backlog.waiting_users()
    if waiting:
        first, last = min(group.first_at for group in waiting), max(group.last_at for group in waiting)
        yield first, f"the first of {number_of(deferred, 'deferred user')} may get the message"
        if last > first:
            yield last, "the last of them may, so that the campaign can end"
    if pending_until is not None:
        ends = "" if waiting else ", and the campaign is done"
        yield pending_until, f"everyone who is pending has an outcome, at this pace{ends}"


def _left_at(expires_at: datetime, state: CampaignState, in_flight: int, now: datetime, pace: float) -> str:
    """Return how many users are left when the campaign expires, and get nothing."""
    pending = state.backlog.pending_users + in_flight
    if state.status is CampaignStatus.PAUSED:
        left = pending + state.backlog.deferred_users
        return f", since it stays paused: {number_of(left, 'user')} expired" if left else ""
    if pending and not pace:
        return ": whoever is left is expired"
    late = max(pending - round(pace * (expires_at - now).total_seconds()), 0)
    left = late + state.backlog.deferred_after(expires_at)
    about = "about " if late else ""
    return f": {about}{number_of(left, 'user')} expired" if left else ""
