"""The charts of a campaign: its sends over time, and how full the caps of its users are."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from textual.content import Content

from console.design.text import plain
from console.design.times import DAY, MINUTE, clock, one_unit, two_units
from console.design.tone import Tone
from console.details.sections import grid
from console.widgets.chart import Chart
from workflows.campaigns.cap_usage_models import CapUsage, RuleSpread, UsageStep
from workflows.campaigns.histogram import SendsOverTime
from workflows.campaigns.models import CampaignProgress
from workflows.shared.counts import number_of

TICKS = 8
MIN_BARS = 12
"""Bars of a campaign that has just begun: a single one would fill the whole width."""
NO_USERS = "there are no users: uv run tconsole users import FILE.csv"


def sends_chart(progress: CampaignProgress, width: int, now: datetime) -> Chart:
    """Return the sends of a campaign over its whole time, in ``width`` bars at most."""
    title = f"Sends over time · {plain(progress.campaign_id)}"
    sends = progress.sends_over_time
    if not sends.total:
        return Chart(title, empty="nothing was sent yet")
    counts, seconds = _merged(sends, max(width, 1))
    starts = [sends.starts_at(0) + timedelta(seconds=index * seconds) for index in range(max(len(counts), MIN_BARS))]
    each = two_units(timedelta(seconds=seconds))
    peak = max(counts)
    note = (
        f"{number_of(sends.total, 'send')} since {clock(starts[0], now)}; one bar is {each};"
        f" most in one: {peak:,} at {clock(starts[counts.index(peak)], now)}"
    )
    shown = [*counts, *[0] * (len(starts) - len(counts))]
    every = max(1, len(shown) // TICKS)
    ticks = {index: _tick(starts[index], now, every * seconds) for index in range(0, len(shown), every)}
    rows = [(clock(starts[index], now), f"{count:,}") for index, count in enumerate(counts) if count]
    figures = grid([("from", f"sends in {each}"), *rows], right=(1,))
    return Chart(title, shown, ticks, figures, note)


def _merged(sends: SendsOverTime, bars: int) -> tuple[list[int], int]:
    """Return the sends in that many buckets at most, and the seconds of one."""
    counts, seconds = list(sends.counts), sends.width
    while len(counts) > bars:
        counts = [sum(counts[index : index + 2]) for index in range(0, len(counts), 2)]
        seconds *= 2
    return counts, seconds


def _tick(at: datetime, now: datetime, seconds: int) -> str:
    """Return the time below a bar, ``seconds`` before the next one that has a time."""
    local = at.astimezone()
    if seconds < MINUTE:
        return f"{local:%H:%M:%S}"
    return f"{local:%H:%M}" if seconds < DAY and local.date() == now.astimezone().date() else f"{local:%d %b}"


def usage_charts(usage: CapUsage, now: datetime) -> list[Chart]:
    """Return how many users have used each cap how often."""
    whose = f"users of {plain(usage.segment)}" if usage.segment else "all users"
    if not usage.rules:
        empty = "no user has a cap: every message may be sent" if usage.sampled else NO_USERS
        return [Chart(f"Cap usage · {whose}", empty=empty)]
    return [_usage_chart(rule, usage, whose, now) for rule in usage.rules]


def _usage_chart(rule: RuleSpread, usage: CapUsage, whose: str, now: datetime) -> Chart:
    words = [_step_words(step, rule.limit) for step in rule.steps]
    sample = f"a sample of {usage.sampled:,} of {usage.total:,} {whose}"
    read = f"{whose}: {usage.total:,}" if usage.sampled == usage.total else sample
    note = f"{read}, read {one_unit(max(now - usage.at, timedelta()))} ago"
    if rule.users < usage.sampled:
        note += f"; {rule.users:,} of them have this cap"
    return Chart(
        f"Cap usage · {plain(rule.rule)}, limit {rule.limit:,}",
        [step.users for step in rule.steps],
        dict(enumerate(words)),
        grid([("sends", "users", ""), *_usage_rows(rule, words)], right=(1, 2)),
        note,
        gap=0.3,
    )


def _usage_rows(rule: RuleSpread, words: Sequence[str]) -> Iterator[tuple[Content, ...]]:
    for step, text in zip(rule.steps, words, strict=True):
        share = f"{100 * step.users / max(rule.users, 1):.0f} %"
        tone = Tone.WAITING if step.first >= rule.limit else Tone.DONE
        yield tone.styled(text), Content(f"{step.users:,}"), Tone.MUTED.styled(share)


def _step_words(step: UsageStep, limit: int) -> str:
    if step.first > limit:
        return f"over {limit:,}"
    counted = f"{step.first:,}" if step.first == step.last else f"{step.first:,}-{step.last:,}"
    return f"{counted} of {limit:,}"
