"""The details of a user's actor: usage of caps, preferences, recent requests."""

from datetime import datetime
from zoneinfo import ZoneInfo

from textual.content import Content

from console.design.text import plain
from console.design.times import time_and_day
from console.design.tone import Tone
from console.details.sections import attention, grid, lines, refused_signals, section, sections, timeline
from console.widgets.bars import bar
from workflows.campaigns.models import Decision, Preferences, RuleUsage, UserState
from workflows.shared.zones import zone_info

BAR_CELLS = 10
MAX_DECISIONS = 12
MAX_CAMPAIGN = 20

TONES = {
    Decision.GRANTED: Tone.DONE,
    Decision.DENIED: Tone.WAITING,
    Decision.DEFERRED: Tone.MOVING,
    Decision.DUPLICATE: Tone.MUTED,
}


def user_details(state: UserState, *, width: int, now: datetime) -> Content:
    """Return everything about a user's actor; times are the operator's, except the user's own clock."""
    zone = zone_info(state.timezone)
    return sections(
        lines(_head(state, zone, now), attention(state.attention)),
        section("Caps", _usage(state.usage, width, now)),
        section("Preferences", _preferences(state.preferences)),
        _recent(state, width, now),
        refused_signals(state.refusals, state.refusal_count, now, width),
        timeline(state.timeline, now, width),
    )


def _head(state: UserState, zone: ZoneInfo, now: datetime) -> Content:
    return Content.assemble(
        (plain(state.user_id), "bold"),
        (f" · {plain(state.timezone)}, {now.astimezone(zone):%H:%M} there", Tone.MUTED.style),
    )


def _usage(usage: list[RuleUsage], width: int, now: datetime) -> Content:
    if not usage:
        return Tone.MUTED.styled("  no caps: every message may be sent")
    frees = [_next_free(rule, now) for rule in usage]
    wide = grid([(*_cap(rule), free) for rule, free in zip(usage, frees, strict=True)])
    if max(line.cell_length for line in wide.split()) <= width:
        return wide
    caps = grid([_cap(rule) for rule in usage]).split()
    return lines(
        *(lines(cap, Content.assemble("    ", free) if free else "") for cap, free in zip(caps, frees, strict=True))
    )


def _full(rule: RuleUsage) -> bool:
    return rule.used >= rule.limit


def _cap(rule: RuleUsage) -> tuple[Content, ...]:
    tone = Tone.WAITING if _full(rule) else Tone.DONE
    return (
        Content(plain(rule.rule, limit=28)),
        bar(rule.used, rule.limit, BAR_CELLS, tone),
        Content.styled(f"{rule.used} of {rule.limit}", f"bold {tone.style}" if _full(rule) else ""),
    )


def _next_free(rule: RuleUsage, now: datetime) -> Content:
    if rule.resets_at is None:
        return Content("")
    when = time_and_day(rule.resets_at, now)
    return Tone.WAITING.styled(f"next at {when}") if _full(rule) else Tone.MUTED.styled(f"one frees at {when}")


def _preferences(preferences: Preferences) -> Content:
    chosen = preferences.channels.model_dump()
    channels = Content("   ").join(
        Tone.DONE.styled(f"✔ {name}") if wanted else Tone.STOPPED.styled(f"✖ {name}") for name, wanted in chosen.items()
    )
    quiet = preferences.quiet_hours
    hours = f"quiet from {quiet.start} until {quiet.end}, {quiet.timezone}" if quiet else "no quiet hours"
    return lines(Content.assemble("  ", channels), Tone.MUTED.styled(f"  {hours}"))


def _recent(state: UserState, width: int, now: datetime) -> Content:
    rows = [
        (
            Tone.MUTED.styled(time_and_day(decision.at, now)),
            TONES[decision.decision].styled(decision.decision.value.lower()),
            Content(decision.channel.value),
            Content(plain(decision.campaign_id, limit=MAX_CAMPAIGN)),
            Tone.MUTED.styled(plain(decision.rule or "", limit=28)),
        )
        for decision in state.decisions[:MAX_DECISIONS]
    ]
    return section("Recent requests", grid(rows, width=width))
