"""What a campaign remembers, and what each answer means for it: plain data and synchronous rules, no Temporal in it."""

from datetime import datetime, timedelta

from pydantic import Field

from workflows.campaigns.backlog import Backlog, BacklogEntry
from workflows.campaigns.caps import opted_out
from workflows.campaigns.models import CampaignRequest, CampaignStatus, InlineAudience
from workflows.campaigns.pace import HEAD_START
from workflows.campaigns.steps import BatchResult, UserResult
from workflows.campaigns.tally import Tally
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.timeline import TimelineEntry

MOST_ATTEMPTS = 20
"""How often a user is tried without a clear answer, which takes about two hours; then the user counts as failed."""

LONGEST_PAUSE = timedelta(minutes=10)
"""Longest time between two tries of one user."""

LONGEST_HOLD = timedelta(minutes=1)
"""Longest time that the whole campaign waits after a batch in which nobody got a clear answer."""

SHOWN = 100
"""How many entries of the timeline, and users of an inline audience, are kept for people to look at."""

OPEN = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED)


class CampaignState(Answer):
    """All that survives continue-as-new, besides the request."""

    status: CampaignStatus = CampaignStatus.SCHEDULED
    status_since: UtcDatetime
    started_at: UtcDatetime
    backlog: Backlog = Field(default_factory=Backlog)
    tally: Tally = Field(default_factory=Tally)
    expanded: bool = Field(default=False, description="whether the size of the audience is known")
    not_before: UtcDatetime | None = Field(default=None, description="when the next message may go, to keep the rate")
    hold_until: UtcDatetime | None = Field(default=None, description="until when nothing is tried after a failed batch")
    failed_batches: int = Field(default=0, description="how many batches in a row gave no clear answer")
    reason: str | None = None
    timeline: list[TimelineEntry] = Field(default_factory=list)
    controls: list[str] = Field(default_factory=list, description="IDs of the latest updates that were applied")

    @property
    def is_open(self) -> bool:
        """Whether the campaign still sends, or may send again."""
        return self.status in OPEN

    def next_step_at(self, now: datetime) -> datetime | None:
        """Return when the next batch may begin, or None while the campaign is paused or nobody is left."""
        if self.status is CampaignStatus.PAUSED:
            return None
        ready = not self.expanded or self.backlog.wants_page() or self.backlog.has_turns(now)
        begin = now if ready else self.backlog.next_due()
        if begin is None:
            return None
        rate_allows = self.not_before - HEAD_START if self.not_before else begin
        return max(begin, rate_allows, self.hold_until or begin)

    def enter(self, status: CampaignStatus, now: datetime, text: str, *, reason: str | None = None) -> None:
        """Change the status, and note why."""
        if status is not self.status:
            self.status, self.status_since = status, now
        self.reason = reason
        self.note(now, text)

    def note(self, now: datetime, text: str) -> None:
        """Write a line into the timeline."""
        self.timeline = [*self.timeline, TimelineEntry(at=now, text=text)][-SHOWN:]

    def expire(self, now: datetime) -> None:
        """Give up everyone who is left."""
        dropped, unanswered = self.backlog.clear()
        self.tally.expire(dropped, unanswered, now)
        self.note(now, f"expired: nothing is sent to {dropped:,} users")

    def apply(self, request: CampaignRequest, turns: list[BacklogEntry], batch: BatchResult, now: datetime) -> None:
        """Take over what came of a batch."""
        self.not_before = batch.not_before
        by_user = {turn.user_id: turn for turn in turns}
        for result in batch.results:
            self._apply_one(request, by_user[result.user_id], result, now)
        unanswered = [result for result in batch.results if result.kind == "unanswered"]
        if unanswered and len(unanswered) == len(batch.results):
            self.hold(unanswered[0].detail or "no answer", now)
        else:
            self.failed_batches, self.hold_until = 0, None

    def hold(self, problem: str, now: datetime) -> None:
        """Try nothing for a while, twice as long each time, since nobody gets through."""
        if self.failed_batches == 0:
            self.note(now, f"nothing gets through, trying again: {problem}")
        self.failed_batches += 1
        self.hold_until = now + min(LONGEST_HOLD, timedelta(seconds=2 ** min(10, self.failed_batches - 1)))

    def _apply_one(self, request: CampaignRequest, turn: BacklogEntry, result: UserResult, now: datetime) -> None:
        match result.kind:
            case "sent" | "failed" | "expired":
                self.tally.count(turn.user_id, result.kind, now, detail=result.detail)
            case "unanswered":
                self._try_again(turn, result.detail or "no answer", now)
            case "denied" | "deferred":
                self._refused(request, turn, result, now)

    def _refused(self, request: CampaignRequest, turn: BacklogEntry, result: UserResult, now: datetime) -> None:
        rule = self.tally.known_rule(result.detail or "")
        if rule != turn.rule:  # a user who is put off again by the same rule counts once
            self.tally.refuse(rule)
        later = result.kind == "deferred" or request.when_capped == "defer"
        if result.detail == opted_out(request.channel):
            self.tally.count(turn.user_id, "suppressed", now, detail=rule)
        elif later and result.next_eligible_at is not None:
            self.backlog.defer(turn, rule, result.next_eligible_at)
            self.tally.count(turn.user_id, "deferred", now, detail=rule)
        else:
            self.tally.count(turn.user_id, "capped", now, detail=rule)

    def _try_again(self, turn: BacklogEntry, problem: str, now: datetime) -> None:
        if turn.attempts + 1 >= MOST_ATTEMPTS:
            self.tally.count(turn.user_id, "failed", now, detail=f"{problem} (tried {MOST_ATTEMPTS} times)")
            return
        self.backlog.try_again(turn, now + min(LONGEST_PAUSE, timedelta(seconds=2**turn.attempts)))


class CampaignStart(CampaignRequest):
    """What a run of the campaign starts with: after continue-as-new, what the run before knew."""

    carried: CampaignState | None = None


def new_campaign(request: CampaignRequest, now: datetime) -> CampaignState:
    """Return the state of a campaign that starts ``now``. A user who is listed twice gets one message."""
    state = CampaignState(status_since=now, started_at=now)
    if isinstance(request.audience, InlineAudience):
        state.backlog.queue = list(dict.fromkeys(request.audience.user_ids))
    state.note(now, "campaign created")
    return state


def request_of(start: CampaignStart) -> CampaignRequest:
    """Return the request with a long inline audience cut: the users are in the state, and are not carried twice."""
    fields = {name: getattr(start, name) for name in CampaignRequest.model_fields}
    if isinstance(start.audience, InlineAudience):
        fields["audience"] = InlineAudience(user_ids=start.audience.user_ids[:SHOWN])
    return CampaignRequest(**fields)


def continued(request: CampaignRequest, state: CampaignState) -> CampaignStart:
    """Return what the next run starts with."""
    return CampaignStart(**dict(request), carried=state)
