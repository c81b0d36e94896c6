"""The details of one campaign: progress, rate, refusals, recent users."""

from datetime import datetime, timedelta

from textual.content import Content

from console.design.text import plain
from console.design.times import clock, time_and_day, two_units
from console.design.tone import Tone
from console.details.sections import (
    attention,
    facts,
    forecast,
    grid,
    hanging,
    lines,
    refused_signals,
    section,
    sections,
    sides,
    status,
    timeline,
    timing,
)
from console.model import Stage
from console.systems.system import DetailContext
from console.widgets.bars import bar, sparkline
from workflows.campaigns.models import CampaignProgress, CampaignRequest, CampaignStatus, InlineAudience
from workflows.campaigns.outcomes import RecentOutcome

MAX_BAR = 40
MIN_BAR = 10
MAX_RECENT = 12
NAME_CELLS = 8

COUNTS = (
    ("sent", "sent", Tone.DONE),
    ("capped", "capped", Tone.WAITING),
    ("suppressed", "suppressed", Tone.STOPPED),
    ("deferred", "deferred", Tone.MOVING),
    ("failed", "failed", Tone.HUMAN),
    ("expired", "expired", Tone.STOPPED),
    ("pending", "pending", Tone.MUTED),
)
"""Parts of the audience: field, word, tone."""

OUTCOMES = {name: (word, tone) for name, word, tone in COUNTS}


def campaign_details(progress: CampaignProgress, context: DetailContext) -> Content:
    """Return everything about a campaign."""
    stage, width, now = context.stage, context.width, context.now
    return sections(
        lines(_head(progress, context), _bar(progress, stage, width, now), _later(progress, now)),
        lines(_counts(progress, width), _digests(progress), _sends_a_minute(progress, width)),
        "" if context.broken else forecast(progress.next, now, width),
        _reasons(progress, width, now),
        _message(progress.request, width),
        _recent(progress.recent, now),
        refused_signals(progress.refusals, progress.refusal_count, now, width),
        timeline(progress.timeline, now, width),
    )


def _head(progress: CampaignProgress, context: DetailContext) -> Content:
    request, stage, width = progress.request, context.stage, context.width
    ended = Tone.MUTED.styled("when it ended")
    ends = request.expires_at if progress.next else None
    time = ended if context.broken else timing(progress.stage_since, ends, context.now)
    words = [request.channel.value, f"priority {request.priority}", f"when capped {request.when_capped}"]
    words += ["transactional"] if request.transactional else []
    why = stage.tone.styled(f"{stage.label}: {plain(progress.reason)}") if progress.reason else ""
    return lines(
        sides(status(stage), time, width),
        sides(Content.styled(plain(request.name), "bold"), Tone.MUTED.styled(" · ".join(words)), width),
        attention(progress.attention),
        why,
    )


def _bar(progress: CampaignProgress, stage: Stage, width: int, now: datetime) -> Content:
    done, whole = progress.audience - progress.pending - progress.deferred, progress.audience
    parts = [f"{100 * done // whole if whole else 100} %", f"{done:,} of {whole:,}"]
    if progress.rate > 0 and progress.status is CampaignStatus.RUNNING:
        parts.append(f"{progress.rate:,.1f}/s")
    left = "" if progress.deferred else _time_left(progress, now)
    beside = len("   ".join([*parts, left])) + 2 + MIN_BAR <= width
    words = "   ".join([*parts, *([left] if left and beside else [])])
    cells = min(max(width - len(words) - 2, MIN_BAR), MAX_BAR)
    return lines(Content.assemble(bar(done, whole, cells, stage.tone), f"  {words}"), "" if beside else left)


def _time_left(progress: CampaignProgress, now: datetime) -> str:
    """Return how long it takes until nobody is pending. It moves on between two answers of the campaign."""
    if not progress.pending or progress.pending_until is None:
        return ""
    return f"{two_units(max(progress.pending_until - now, timedelta()))} left"


def _later(progress: CampaignProgress, now: datetime) -> Content:
    """Return when those come who wait for quiet hours to end, or for a cap, apart from the time left for others.

    No rate says anything of these.
    """
    waiting = [reason for reason in progress.reasons if reason.outcome == "deferred"]
    if not progress.deferred or not waiting:
        return Content("")
    left = _time_left(progress, now)
    first = min((reason.next_at for reason in waiting if reason.next_at), default=None)
    last = max((reason.last_at for reason in waiting if reason.last_at), default=None)
    words = f"{progress.deferred:,} wait" if progress.deferred > 1 else "1 waits"
    return lines(
        f"{progress.pending:,} pending: {left}" if left else "",
        Tone.MOVING.styled(f"{words}{_when(first, last, now)}"),
    )


def _when(first: datetime | None, last: datetime | None, now: datetime) -> str:
    """Return when the first and the last of those who wait are due."""
    if first is None or last is None:
        return ""
    at, until = time_and_day(first, now), time_and_day(last, now)
    return f" until {at}" if at == until else f": next at {at}, last at {until}"


def _counts(progress: CampaignProgress, width: int) -> Content:
    parts = [
        Content.assemble((f"{word} ", Tone.MUTED.style), (f"{count:,}", f"bold {tone.style}"))
        for name, word, tone in COUNTS
        if (count := getattr(progress, name)) or name == "sent"
    ]
    return _flowing(parts, width, gap="   ")


def _digests(progress: CampaignProgress) -> Content:
    """Return how many messages wait for a digest, and how many went out in one."""
    if progress.request.when_capped != "digest":
        return Content("")
    waiting = f"{progress.held_for_digest:,} {'waits' if progress.held_for_digest == 1 else 'wait'} for a digest"
    return Tone.MUTED.styled(f"{waiting} · {progress.in_digests:,} sent in digests")


def _reasons(progress: CampaignProgress, width: int, now: datetime) -> Content:
    """Return the outcomes by reason; those without one, such as ``sent``, are in the counts above."""
    shown = [(name, reason) for name in OUTCOMES for reason in progress.reasons if reason.outcome == name]
    starts = grid(
        [
            (
                OUTCOMES[name][1].styled("" if index and shown[index - 1][0] == name else OUTCOMES[name][0]),
                Content.styled(f"{reason.users:,}", "bold"),
            )
            for index, (name, reason) in enumerate(shown)
        ],
        right=(1,),
    ).split()
    reasons = [
        _with_time(
            hanging(Content.assemble(start, "  "), reason.reason, width),
            _when(reason.next_at, reason.last_at, now).lstrip(": "),
            width,
        )
        for start, (_, reason) in zip(starts, shown, strict=False)
    ]
    return section("Outcomes by reason", *reasons)


def _with_time(row: Content, when: str, width: int) -> Content:
    """Return a reason with the time that it says, on a line of its own where there is no room."""
    time = Tone.MUTED.styled(when)
    if not when or len(row.split()[-1]) + len(when) + 2 <= width:
        return Content.assemble(row, "  ", time) if when else row
    return lines(row, Content.assemble(" " * max(width - len(when), 0), time))


def _sends_a_minute(progress: CampaignProgress, width: int) -> Content:
    if not any(progress.sends_a_minute):
        return Content("")
    word = "sends a minute  "
    line = sparkline(progress.sends_a_minute, width - len(word) - 8, Tone.MOVING)
    return Content.assemble((word, Tone.MUTED.style), line, (f"  {progress.sends_a_minute[-1]:,}", "bold"))


def _message(request: CampaignRequest, width: int) -> Content:
    audience = request.audience
    to = "the named users" if isinstance(audience, InlineAudience) else f"segment {audience.name}"
    template, tags = request.template, ", ".join(request.tags)
    values = {"to": to, "subject": template.subject, "message": template.body, "tags": tags}
    return section("Message", facts({name: value for name, value in values.items() if value}, NAME_CELLS, width))


def _recent(recent: list[RecentOutcome], now: datetime) -> Content:
    return section("Recent users", grid([_recent_cells(outcome, now) for outcome in recent[:MAX_RECENT]]))


def _recent_cells(outcome: RecentOutcome, now: datetime) -> tuple[Content, ...]:
    word, tone = OUTCOMES[outcome.outcome]
    return (
        Tone.MUTED.styled(clock(outcome.at, now)),
        Content(plain(outcome.user_id, limit=28)),
        tone.styled(word),
        Tone.MUTED.styled(plain(outcome.rule or "", limit=30)),
    )


def _flowing(parts: list[Content], width: int, gap: str) -> Content:
    rows: list[Content] = []
    for part in parts:
        if rows and rows[-1].cell_length + len(gap) + part.cell_length <= width:
            rows[-1] = Content.assemble(rows[-1], gap, part)
        else:
            rows.append(part)
    return Content("\n").join(rows)
