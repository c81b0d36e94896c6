"""Answers of a campaign's queries, its list row and its actions."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from workflows.campaigns.campaign_state import CampaignState
from workflows.campaigns.cap_policy import QUIET_HOURS, SEND_WINDOW
from workflows.campaigns.forecast import forecast
from workflows.campaigns.models import CampaignProgress, CampaignRequest, CampaignStatus
from workflows.campaigns.outcomes import OutcomeReason
from workflows.campaigns.tally import FINAL
from workflows.shared.actions import Action
from workflows.shared.counts import number_of
from workflows.shared.refusals import Refusal
from workflows.shared.refused_signals import acknowledge_action, with_refusals
from workflows.shared.summary import Summary

PERCENT_STEP = 5
"""Step of the progress in the list row, so that a campaign writes it twenty times at most."""

SHOWN_REASONS = 10
"""Reasons of an outcome that are told by name."""


def audience_size(state: CampaignState, in_flight: int) -> int:
    """Return the number of the campaign's users, finished or not."""
    return state.tally.finished + state.backlog.pending_users + state.backlog.deferred_users + in_flight


def held_for_digest(request: CampaignRequest, state: CampaignState) -> int:
    """Return how many messages wait for room under a cap, to go out in a digest."""
    if request.when_capped != "digest" or not state.is_open:
        return 0
    by_time = (QUIET_HOURS, SEND_WINDOW)
    return sum(group.users for group in state.backlog.waiting_users() if group.rule not in by_time)


def progress(request: CampaignRequest, state: CampaignState, in_flight: int, now: datetime) -> CampaignProgress:
    """Return the progress at ``now``, with ``in_flight`` users in the running batch."""
    tally = state.tally
    asked = now if state.is_open else state.status_since
    pace = tally.handled.rate(asked, since=state.started_at) if state.is_open else 0.0
    until, expires_at = pending_until(state, in_flight, pace, now), request.expires_at
    return CampaignProgress(
        campaign_id=request.campaign_id,
        status=state.status,
        audience=audience_size(state, in_flight),
        sent=tally.sent,
        capped=tally.capped,
        suppressed=tally.suppressed,
        deferred=state.backlog.deferred_users,
        failed=tally.failed,
        expired=tally.expired,
        pending=state.backlog.pending_users + in_flight,
        in_digests=tally.in_digests,
        held_for_digest=held_for_digest(request, state),
        rate=tally.meter.rate(asked, since=state.started_at) if state.is_open else 0.0,
        max_sends_per_second=state.rate,
        request=request,
        pace=pace,
        pending_until=until,
        reasons=outcome_reasons(state, in_flight),
        sends_over_time=tally.sends,
        sends_a_minute=tally.meter.minutes(asked),
        recent=tally.recent,
        stage_since=state.status_since,
        updated_at=now,
        reason=state.reason,
        attention=state.attention,
        refusals=state.refusals.latest,
        refusal_count=state.refusals.count,
        timeline=with_refusals(state.timeline, state.refusals.latest),
        next=forecast(state, in_flight, now, pace=pace, pending_until=until, expires_at=expires_at),
        actions=campaign_actions(state, in_flight),
    )


def pending_until(state: CampaignState, in_flight: int, pace: float, now: datetime) -> datetime | None:
    """Return when all pending users will have an outcome at the ``pace``, in users a second; None if unknown.

    Deferred users are not among them: they wait for a time of their own, which no pace changes.
    """
    again = state.backlog.unanswered_users()
    ready = state.backlog.pending_users + in_flight - (again.users if again else 0)
    if state.status is not CampaignStatus.RUNNING or state.failed_batches or (ready and not pace):
        return None
    if not ready:
        return again.last_at if again else None
    done = now + timedelta(seconds=ready / pace)
    return max(done, again.last_at) if again else done


def outcome_reasons(state: CampaignState, in_flight: int) -> list[OutcomeReason]:
    """Return why users have the outcomes that they have; of each outcome the sum is the progress's number."""
    rows = [
        OutcomeReason(outcome=outcome, reason=reason, users=users)
        for outcome in FINAL
        if (counts := state.tally.reasons.get(outcome))
        for reason, users in counts.top(SHOWN_REASONS)
    ]
    waiting = sorted(state.backlog.waiting_users(), key=lambda group: (group.first_at, group.rule))
    rows += [
        OutcomeReason(
            outcome="deferred", reason=group.rule, users=group.users, next_at=group.first_at, last_at=group.last_at
        )
        for group in waiting
    ]
    return [*rows, *_pending_reasons(state, in_flight)]


def _pending_reasons(state: CampaignState, in_flight: int) -> Iterator[OutcomeReason]:
    again = state.backlog.unanswered_users()
    if again is not None:
        yield OutcomeReason(
            outcome="pending",
            reason="no clear answer yet",
            users=again.users,
            next_at=again.first_at,
            last_at=again.last_at,
        )
    if in_flight:
        yield OutcomeReason(outcome="pending", reason="in a batch under way", users=in_flight)
    queued = state.backlog.pending_users - (again.users if again else 0)
    if queued:
        yield OutcomeReason(outcome="pending", reason="in the queue", users=queued)


def campaign_actions(state: CampaignState, in_flight: int) -> list[Action]:
    """Return what people may do to a campaign now, and what it would do."""
    users = state.backlog.pending_users + state.backlog.deferred_users + in_flight
    left = number_of(users, "pending send")
    return [
        Action.of(
            "pause",
            "Pause campaign",
            f"holds back {left} until resumed",
            why_not_pause(state),
            undoes=["resume"],
            moves=True,
        ),
        Action.of(
            "resume", "Resume campaign", f"goes on with {left}", why_not_resume(state), undoes=["pause"], moves=True
        ),
        Action.of(
            "set_rate",
            "Set rate",
            f"{left} at another rate; now {rate_words(state.rate)}",
            why_not_cancel(state),
            moves=True,
        ),
        Action.of("cancel", "Cancel campaign", f"stops {left} for good", why_not_cancel(state), moves=True),
        *acknowledge_action(state.refusals.unsettled),
    ]


def rate_words(rate: float | None) -> str:
    """Return how many messages may go."""
    return "as fast as it goes" if rate is None else f"at most {rate:g} a second"


def why_not_pause(state: CampaignState) -> Refusal | None:
    """Return why the campaign cannot be paused now."""
    if state.status is CampaignStatus.PAUSED:
        return Refusal("AlreadyPaused", "the campaign is paused already")
    return why_not_cancel(state)


def why_not_resume(state: CampaignState) -> Refusal | None:
    """Return why the campaign cannot be resumed now."""
    if state.status is CampaignStatus.PAUSED:
        return None
    return why_not_cancel(state) or Refusal("NotPaused", "the campaign is not paused")


def why_not_cancel(state: CampaignState) -> Refusal | None:
    """Return why the campaign cannot be cancelled now."""
    if state.is_open:
        return None
    done = state.status is CampaignStatus.DONE
    return Refusal("Closed", "the campaign is done" if done else "the campaign is cancelled already")


def campaign_summary(request: CampaignRequest, state: CampaignState, in_flight: int) -> Summary:
    """Return what a list row shows of a campaign."""
    size = audience_size(state, in_flight)
    percent = 100 * state.tally.finished // size if size else 100
    coarse = percent - percent % PERCENT_STEP
    return Summary(
        title=request.name,
        stage=state.status,
        stage_since=state.status_since,
        owner=request.campaign_id,
        due_at=request.expires_at if state.is_open else None,
        attention=state.attention,
        note=f"{request.channel} · {coarse} %" if state.expanded else f"{request.channel}",
        extra={
            "channel": request.channel,
            **({"percent": coarse} if state.expanded else {}),
            # Only at the end: no row is published for every user who fails.
            **({"failed": state.tally.failed} if state.tally.failed and not state.is_open else {}),
        },
    )
