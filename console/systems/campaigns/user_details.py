"""The details of a user: what could go out now, usage of caps, consent, recent messages and refusals."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from textual.content import Content

from console.design.text import plain
from console.design.times import time_and_day
from console.design.tone import Tone
from console.details.sections import (
    attention,
    grid,
    hanging,
    lines,
    refused_signals,
    section,
    sections,
    timeline,
)
from console.widgets.bars import bar
from workflows.campaigns.models import Decision, Preferences, RecentDecision, RecentSend, RuleUsage, UserState
from workflows.campaigns.user_models import ChannelOutlook, ConsentState
from workflows.shared.zones import zone_info

BAR_CELLS = 10
MAX_RECENT = 12
MAX_CAMPAIGN = 20
MAX_RULE = 28
MIN_RULE = 8
CAP_GAPS = 6
"""Cells between name, bar and count of a cap, and before them."""
MAX_SOURCE = 40
MAX_PARTS = 60
"""Cells of the campaigns in a digest."""

DECISIONS = {
    Decision.GRANTED: ("granted", Tone.DONE),
    Decision.DENIED: ("refused", Tone.WAITING),
    Decision.DEFERRED: ("deferred", Tone.MOVING),
    Decision.DUPLICATE: ("granted before", Tone.MUTED),
}

CONSENT = {
    "subscribed": ("✔", Tone.DONE),
    "unsubscribed": ("✖", Tone.STOPPED),
    "suppressed": ("▲", Tone.HUMAN),
}

FROM_STORE = "no actor runs for this user: this is what the store knows, and what the next actor begins with"


def user_details(state: UserState, *, width: int, now: datetime) -> Content:
    """Return everything about a user; times are the operator's, except the user's own clock."""
    zone = zone_info(state.timezone)
    return sections(
        lines(_head(state, zone, now), attention(state.attention), _where_from(state, width)),
        section("A campaign's message now", *_outlook(state.outlook, width, now)),
        section("Caps", _usage(state.usage, width, now)),
        section("Consent", _consent(state.consent, width, now), _quiet(state.preferences, width, now)),
        section("Waiting for a digest", _held(state, width, now)),
        _recent(state, width, now),
        refused_signals(state.refusals, state.refusal_count, now, width),
        timeline(state.timeline, now, width),
    )


def _where_from(state: UserState, width: int) -> Content:
    return Content("") if state.has_actor else hanging(Content(""), FROM_STORE, width, Tone.MUTED.style)


def _head(state: UserState, zone: ZoneInfo, now: datetime) -> Content:
    return Content.assemble(
        (plain(state.user_id), "bold"),
        (f" · {plain(state.timezone)}, {now.astimezone(zone):%H:%M} there", Tone.MUTED.style),
    )


def _outlook(outlook: list[ChannelOutlook], width: int, now: datetime) -> Iterator[Content]:
    """Yield whether a message may go now on each channel; if not, why not and until when."""
    names = grid([(each.channel.value,) for each in outlook]).split()
    for name, each in zip(names, outlook, strict=False):
        tone = Tone.DONE if each.allowed else Tone.WAITING
        refused = "not now" if each.next_eligible_at else "no"
        words = "may go" if each.allowed else f"{refused}: {plain(each.rule or '')}"
        until = f", until {time_and_day(each.next_eligible_at, now)}" if each.next_eligible_at else ""
        yield hanging(Content.assemble(name, "  "), f"{words}{until}", width, tone.style)


def _usage(usage: list[RuleUsage], width: int, now: datetime) -> Content:
    if not usage:
        return Tone.MUTED.styled("  no caps: every message may be sent")
    counts = max(len(_count(rule)) for rule in usage)
    names = min(MAX_RULE, max(width - BAR_CELLS - counts - CAP_GAPS, MIN_RULE))
    caps, left = grid([_cap(rule, names) for rule in usage]).split(), [_left(rule, now) for rule in usage]
    return lines(
        *chain.from_iterable(
            (
                _beside(cap, words, width),
                _filled_by(rule, width, now),
            )
            for rule, cap, words in zip(usage, caps, left, strict=True)
        )
    )


def _beside(cap: Content, words: Content, width: int) -> Content:
    """Return words behind a cap, or below it where there is no room."""
    fits = cap.cell_length + 2 + words.cell_length <= width
    return Content.assemble(cap, "  ", words) if fits else lines(cap, Content.assemble("    ", words))


def _full(rule: RuleUsage) -> bool:
    return rule.used >= rule.limit


def _cap(rule: RuleUsage, name_cells: int) -> tuple[Content, ...]:
    tone = Tone.WAITING if _full(rule) else Tone.DONE
    return (
        Content(plain(rule.rule, limit=name_cells)),
        bar(rule.used, rule.limit, BAR_CELLS, tone),
        Content.styled(_count(rule), f"bold {tone.style}" if _full(rule) else ""),
    )


def _count(rule: RuleUsage) -> str:
    return f"{rule.used} of {rule.limit}"


def _left(rule: RuleUsage, now: datetime) -> Content:
    """Return how much of a cap is left, and when there is more."""
    when = f"at {time_and_day(rule.resets_at, now)}" if rule.resets_at else ""
    if _full(rule):
        return Tone.WAITING.styled(f"full, next {when}" if when else "full: it lets nothing through")
    left = f"{rule.limit - rule.used} left"
    return Tone.MUTED.styled(f"{left}, one more {when}" if when else left)


def _filled_by(rule: RuleUsage, width: int, now: datetime) -> Content:
    """Return the sends that fill a cap, where it refuses."""
    if not _full(rule) or not rule.filled_by:
        return Content("")
    named = [f"{plain(send.campaign_id, limit=MAX_CAMPAIGN)} {time_and_day(send.at, now)}" for send in rule.filled_by]
    more = rule.used - len(named)
    words = ", ".join([*named, *([f"{more:,} more"] if more > 0 else [])])
    return hanging(Tone.MUTED.styled("    filled by "), words, width)


def _consent(consent: list[ConsentState], width: int, now: datetime) -> Content:
    rows = []
    for each in consent:
        symbol, tone = CONSENT[each.state]
        since = f", {time_and_day(each.since, now)}" if each.since else ""
        by = "" if each.state == "suppressed" else "by "
        source = Tone.MUTED.styled(f"{by}{plain(each.source, limit=MAX_SOURCE)}{since}")
        rows.append((tone.styled(f"{symbol} {each.channel.value}"), tone.styled(each.state), source))
    return grid(rows, width=width)


def _quiet(preferences: Preferences, width: int, now: datetime) -> Content:
    quiet = preferences.quiet_hours
    if quiet is None:
        return Tone.MUTED.styled("  no quiet hours")
    there = now.astimezone(zone_info(quiet.timezone))
    hours = f"quiet from {quiet.start} until {quiet.end}, {plain(quiet.timezone)}, {there:%H:%M} there"
    return hanging(Content("  "), hours, width, Tone.MUTED.style)


def _held(state: UserState, width: int, now: datetime) -> Content:
    """Return what caps hold back until it goes out with others, oldest first."""
    rows = [
        (
            Tone.MUTED.styled(time_and_day(each.held_at, now)),
            Content(each.channel.value),
            Content(plain(each.campaign_id, limit=MAX_CAMPAIGN)),
            Tone.WAITING.styled("its campaign is paused or has ended" if each.paused else ""),
        )
        for each in state.held
    ]
    return grid(rows, width=width)


def _recent(state: UserState, width: int, now: datetime) -> Content:
    """Return the latest messages and refusals, newest first, each with what was decided."""
    rows = [
        (
            Tone.MUTED.styled(time_and_day(each.at, now)),
            tone.styled(word),
            Content(each.channel.value),
            Content(plain(each.campaign_id, limit=MAX_CAMPAIGN)),
            Tone.MUTED.styled(why),
        )
        for each, word, tone, why in sorted(_messages(state, now), key=lambda row: row[0].at, reverse=True)
    ]
    return section("Recent messages", grid(rows[:MAX_RECENT], width=width))


def _messages(state: UserState, now: datetime) -> Iterator[tuple[RecentSend, str, Tone, str]]:
    """Yield what the actor decided, and the sends that it knows from elsewhere."""
    decided = {each.send_id for each in state.decisions if each.decision is Decision.GRANTED}
    parts = {each.send_id: f"of {plain(', '.join(each.campaigns), limit=MAX_PARTS)}" for each in state.digests}
    for send in state.recent:
        if send.send_id not in decided:
            yield send, "sent", Tone.DONE, parts.get(send.send_id, "")
    for decision in state.decisions:
        word, tone = DECISIONS[decision.decision]
        yield decision, word, tone, _why(decision, now) or parts.get(decision.send_id, "")


def _why(decision: RecentDecision, now: datetime) -> str:
    until = f", until {time_and_day(decision.next_eligible_at, now)}" if decision.next_eligible_at else ""
    kept = f", kept for {plain(decision.kept_for, limit=MAX_RULE)}" if decision.kept_for else ""
    return f"{plain(decision.rule or '', limit=MAX_RULE)}{kept}{until}"
