"""State of a campaign, and its rules: plain data and synchronous code without Temporal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import Field

from workflows.campaigns.backlog import Backlog, BacklogEntry
from workflows.campaigns.caps import is_no_consent
from workflows.campaigns.digests.steps import SettledUser
from workflows.campaigns.models import CampaignRequest, CampaignStatus, InlineAudience
from workflows.campaigns.pace import HEAD_START, HELD_A_SECOND, head_start, interval_of
from workflows.campaigns.steps import BatchResult, UserResult
from workflows.campaigns.tally import UNREACHED, Tally
from workflows.shared.counts import number_of
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.items import hash_of
from workflows.shared.refused_signals import SIGNAL_REFUSED, RefusalLog, RefusedSignal
from workflows.shared.timeline import TimelineEntry

MAX_ATTEMPTS = 20
"""Attempts without a clear answer, in about two hours; then the user counts as failed."""

FIRST_PAUSE = timedelta(seconds=1)
"""Before a user, or a batch of which nobody was reached, is tried again. Pauses double."""
MAX_RETRY_INTERVAL = timedelta(minutes=10)
"""Between two attempts for one user."""

MAX_HOLD = timedelta(minutes=1)
"""How long the whole campaign waits after a batch without any clear answer."""

SHOWN = 100
"""Timeline entries, and users of an inline audience, that are kept for display."""

PROVIDER_FAILING = "provider_failing"
"""BizAttention while provider, actors or directory do not answer."""

OPEN = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED)


class CampaignState(Answer):
    """State carried through continue-as-new, beside the request."""

    status: CampaignStatus = CampaignStatus.SCHEDULED
    status_since: UtcDatetime
    started_at: UtcDatetime
    backlog: Backlog = Field(default_factory=Backlog)
    tally: Tally = Field(default_factory=Tally)
    expanded: bool = Field(default=False, description="whether the size of the audience is known")
    rate: float | None = Field(default=None, description="sends a second at most")
    not_before: UtcDatetime | None = Field(default=None, description="when the next message may go, to keep the rate")
    hold_until: UtcDatetime | None = Field(default=None, description="until when nothing is tried after a failed batch")
    failed_batches: int = Field(default=0, description="how many batches in a row gave no clear answer")
    html: str | None = Field(default=None, description="key of the HTML in the store, if the template has any")
    reason: str | None = None
    timeline: list[TimelineEntry] = Field(default_factory=list)
    refusals: RefusalLog[RefusedSignal] = Field(default_factory=RefusalLog[RefusedSignal])
    request_hash: str = Field(default="", description="of the input that the campaign was started with")
    controls: list[str] = Field(default_factory=list, description="IDs of the latest updates that were applied")
    told_back: bool | None = Field(
        default=None, description="whether the store holds messages back that wait for a digest; null if nobody knows"
    )
    settled: bool = Field(default=False, description="whether none of these can go out any more")

    @property
    def is_open(self) -> bool:
        """Whether the campaign still sends, or may send again."""
        return self.status in OPEN

    @property
    def holds_back(self) -> bool:
        """Whether messages that wait for a digest stay where they are."""
        return self.status not in (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING)

    @property
    def attention(self) -> str | None:
        """Why a human must look, if one must."""
        if not self.is_open:
            return None
        refused = SIGNAL_REFUSED if self.refusals.unsettled else None
        return PROVIDER_FAILING if self.failed_batches > 1 else refused

    def next_step_at(self, now: datetime) -> datetime | None:
        """Return when the next batch may begin, or None while the campaign is paused or nobody is left."""
        if self.status is CampaignStatus.PAUSED:
            return None
        ready = not self.expanded or self.backlog.wants_page() or self.backlog.has_ready(now)
        begin = now if ready else self.backlog.next_due()
        if begin is None:
            return None
        rate_allows = self.not_before - HEAD_START if self.not_before else begin
        return max(begin, rate_allows, self.hold_until or begin)

    @property
    def held_a_second(self) -> float:
        """How many users a second may leave who waited for the same time."""
        return self.rate or HELD_A_SECOND

    def set_rate(self, rate: float | None, now: datetime) -> None:
        """Send so many a second from the next batch on; the latest message keeps its distance to the next by it."""
        self.not_before = self._not_before(self.not_before, self.rate, rate, now)
        self.rate = rate
        self.backlog.go_on(now, self.held_a_second)

    def _not_before(
        self, earliest: datetime | None, by: float | None, rate: float | None, now: datetime
    ) -> datetime | None:
        """Return when the next message may go at ``rate``, from when that was by another one."""
        if rate is None:
            return None
        latest = now if by is None or earliest is None else earliest - interval_of(by)
        return latest + interval_of(rate)

    def enter(self, status: CampaignStatus, now: datetime, text: str, *, reason: str | None = None) -> None:
        """Change the status, and write why into the timeline."""
        if status is not self.status:
            self.status, self.status_since = status, now
        self.reason = reason
        self.note(now, text)

    def note(self, now: datetime, text: str) -> None:
        """Add a line to the timeline."""
        self.timeline = [*self.timeline, TimelineEntry(at=now, text=text)][-SHOWN:]

    def expire(self, now: datetime) -> None:
        """Count everyone who is left as expired."""
        dropped, unanswered = self.backlog.clear()
        self.tally.expire(dropped, unanswered, now)
        self.note(now, f"expired: nothing is sent to {number_of(sum(dropped.values()), 'user')}")

    def settle(self, users: Sequence[SettledUser], now: datetime) -> None:
        """Count users to whom a digest has brought the message, or may have, though nobody has said so here."""
        for user in users:
            if self.backlog.remove(user.user_id):
                self.tally.count(user.user_id, user.kind, now, detail=user.detail)

    def apply(
        self,
        request: CampaignRequest,
        entries: list[BacklogEntry],
        batch: BatchResult,
        now: datetime,
        by: float | None = None,
    ) -> None:
        """Apply the results of a batch that kept the rate ``by``; users without one are the next."""
        if by == self.rate:
            self.not_before = batch.not_before
        else:  # set while it was under way
            begin = self._not_before(batch.not_before, by, self.rate, now)
            self.not_before = max((each for each in (begin, self.not_before) if each is not None), default=None)
        by_user = {entry.user_id: entry for entry in entries}
        reached = {result.user_id for result in batch.results}
        self.backlog.put_back([entry for entry in entries if entry.user_id not in reached])
        for result in batch.results:
            self._apply_one(request, by_user[result.user_id], result, now)
        unanswered = [result for result in batch.results if result.kind == "unanswered"]
        if unanswered and len(unanswered) == len(batch.results):
            self.hold(unanswered[0].detail or "no answer", now)
        else:
            self.failed_batches, self.hold_until = 0, None

    def hold(self, problem: str, now: datetime) -> None:
        """Hold all sends for a while, twice as long each time, since no attempt got a clear answer."""
        if self.failed_batches == 0:
            self.note(now, f"nothing gets through, trying again: {problem}")
        self.failed_batches += 1
        self.hold_until = now + min(MAX_HOLD, FIRST_PAUSE * 2 ** min(10, self.failed_batches - 1))

    def _apply_one(self, request: CampaignRequest, entry: BacklogEntry, result: UserResult, now: datetime) -> None:
        match result.kind:
            case "sent" | "failed":
                self.tally.count(entry.user_id, result.kind, now, detail=result.detail)
            case "expired":
                self.tally.count(entry.user_id, "expired", now, detail=entry.rule or UNREACHED)
            case "unanswered":
                self._retry(entry, result.detail or "no answer", now)
            case "denied" | "deferred":
                self._refused(request, entry, result, now)

    def _refused(self, request: CampaignRequest, entry: BacklogEntry, result: UserResult, now: datetime) -> None:
        rule = result.detail or ""
        later = result.kind == "deferred" or request.when_capped != "drop"
        if is_no_consent(result.detail):
            self.tally.count(entry.user_id, "suppressed", now, detail=rule)
        elif later and result.next_eligible_at is not None:
            self.backlog.defer(entry, rule, result.next_eligible_at)
            self.tally.count(entry.user_id, "deferred", now, detail=rule)
        else:
            self.tally.count(entry.user_id, "capped", now, detail=rule)

    def _retry(self, entry: BacklogEntry, problem: str, now: datetime) -> None:
        if entry.attempts + 1 >= MAX_ATTEMPTS:
            self.tally.count(entry.user_id, "failed", now, detail=f"{problem} (tried {MAX_ATTEMPTS} times)")
            return
        self.backlog.retry(entry, now + min(MAX_RETRY_INTERVAL, FIRST_PAUSE * 2**entry.attempts))


class CampaignStart(CampaignRequest):
    """Input of a run of the campaign; ``carried`` is the state of the previous run after continue-as-new."""

    carried: CampaignState | None = None


def new_campaign(request: CampaignRequest, now: datetime) -> CampaignState:
    """Return the state of a campaign that starts ``now``. A user who is listed twice gets one message."""
    state = CampaignState(
        status_since=now, started_at=now, request_hash=hash_of(request), rate=request.max_sends_per_second
    )
    state.backlog.behind = head_start(request.priority)
    if isinstance(request.audience, InlineAudience):
        state.backlog.queue = list(dict.fromkeys(request.audience.user_ids))
    state.note(now, "campaign created")
    return state


def request_of(start: CampaignStart) -> CampaignRequest:
    """Return the request with a long inline audience cut: its users are in the state already."""
    fields = {name: getattr(start, name) for name in CampaignRequest.model_fields}
    if isinstance(start.audience, InlineAudience):
        fields["audience"] = InlineAudience(user_ids=start.audience.user_ids[:SHOWN])
    return CampaignRequest(**fields)


def continued(request: CampaignRequest, state: CampaignState) -> CampaignStart:
    """Return the input of the next run."""
    return CampaignStart(**dict(request), carried=state)
