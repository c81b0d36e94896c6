"""The details of one campaign: progress, rate, refusals, recent users."""

from datetime import datetime, timedelta

from textual.content import Content

from console.design.text import plain
from console.design.times import clock, two_units
from console.design.tone import Tone
from console.details.sections import (
    attention,
    facts,
    grid,
    lines,
    refused_signals,
    section,
    sections,
    sides,
    status,
    timeline,
)
from console.model import Stage
from console.systems.system import DetailContext
from console.widgets.bars import bar, sparkline
from workflows.campaigns.models import CampaignProgress, CampaignRequest, CampaignStatus, InlineAudience, RecentOutcome

MAX_BAR = 40
MIN_BAR = 10
MAX_RULES = 6
MAX_RECENT = 12
NAME_CELLS = 8

COUNTS = (
    ("sent", "sent", Tone.DONE),
    ("capped", "capped", Tone.WAITING),
    ("suppressed", "opted out", Tone.STOPPED),
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
        lines(_head(progress, stage, width), _bar(progress, stage, width)),
        lines(_counts(progress, width), _refused_by(progress, width), _sends_a_minute(progress, width)),
        _message(progress.request, width),
        _recent(progress.recent, now),
        refused_signals(progress.refusals, progress.refusal_count, now, width),
        timeline(progress.timeline, now, width),
    )


def _head(progress: CampaignProgress, stage: Stage, width: int) -> Content:
    request = progress.request
    words = [request.channel.value, f"priority {request.priority}", f"when capped {request.when_capped}"]
    words += ["transactional"] if request.transactional else []
    why = stage.tone.styled(f"{stage.label}: {plain(progress.reason)}") if progress.reason else ""
    return lines(
        sides(status(stage), Tone.MUTED.styled(" · ".join(words)), width),
        Content.styled(plain(request.name), "bold"),
        attention(progress.attention),
        why,
    )


def _bar(progress: CampaignProgress, stage: Stage, width: int) -> Content:
    done, whole = progress.audience - progress.pending - progress.deferred, progress.audience
    parts = [f"{100 * done // whole if whole else 100} %", f"{done:,} of {whole:,}"]
    if progress.rate > 0 and progress.status is CampaignStatus.RUNNING:
        parts.append(f"{progress.rate:,.1f}/s")
        if progress.pending:
            parts.append(two_units(timedelta(seconds=progress.pending / progress.rate)) + " left")
    if progress.deferred and progress.status is CampaignStatus.RUNNING:
        # The rate says nothing of these: they wait for the end of quiet hours or of a cap's window.
        parts.append(f"{progress.deferred:,} later")
    words = "   ".join(parts)
    cells = min(max(width - len(words) - 2, MIN_BAR), MAX_BAR)
    return Content.assemble(bar(done, whole, cells, stage.tone), f"  {words}")


def _counts(progress: CampaignProgress, width: int) -> Content:
    parts = [
        Content.assemble((f"{word} ", Tone.MUTED.style), (f"{count:,}", f"bold {tone.style}"))
        for name, word, tone in COUNTS
        if (count := getattr(progress, name)) or name == "sent"
    ]
    return _flowing(parts, width, gap="   ")


def _refused_by(progress: CampaignProgress, width: int) -> Content:
    rules = sorted(progress.refused_by.items(), key=lambda item: -item[1])[:MAX_RULES]
    parts = [Content.assemble(plain(rule, limit=30), (f" {count:,}", "bold")) for rule, count in rules]
    title = [Tone.MUTED.styled("refused by:")] if parts else []
    return _flowing([*title, *parts], width, gap="  ")


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
