"""The lines around a history: which run it is, and how much there is of it."""

from collections.abc import Sequence

from textual.content import Content

from console.design.text import plain
from console.design.tone import Tone
from console.gateway.events.description import Pause, RunDescription, RunInfo
from console.gateway.events.event import Phase, Subject
from console.gateway.rows import RowKey
from console.history.groups import History
from console.history.limits import gauges, size_words
from console.history.words import safe


def run_words(key: RowKey, runs: Sequence[RunInfo] | None, history: History) -> str:
    """Return which run it is, such as `` · run 2 of 2 (reset by chen, 14:50)``."""
    known = sorted(runs or (), key=lambda run: run.started_at)
    number = next((number for number, run in enumerate(known, start=1) if run.key == key), None)
    words = f" · run {number} of {len(known)}" if number is not None and len(known) > 1 else ""
    resets = [
        group.last
        for group in history.groups
        if group.subject is Subject.TASK and group.phase is Phase.STOPPED and group.note.startswith("reset workflow")
    ]
    if not resets:
        return words
    latest = resets[-1]
    by = f" by {plain(latest.by, limit=30)}" if latest.by else ""
    return f"{words or ' ·'} (reset{by}, {latest.at.astimezone():%H:%M})"


def state_line(history: History, description: RunDescription | None, *, complete: bool) -> Content:
    """Return how much there is, what failed and what is under way."""
    count = len(history.events)
    if description is None:
        return Tone.MUTED.styled(f"{count:,} events" if count else "reading …")
    events, size, *others = gauges(history, description)
    tone = Tone.HUMAN if events.near else Tone.WAITING if events.should_continue else Tone.MUTED
    read = "" if complete else f"reading: {count:,} of "
    parts = [tone.styled(f"{read}{events.used:,} events of {events.limit:,}, {size_words(size.used)}")]
    parts += [Tone.HUMAN.styled(f"▲ {one.words} {one.name}") for one in (size, *others) if one.near]
    if failures := len(history.failures):
        parts.append(Tone.HUMAN.styled(f"▲ {failures:,} failed"))
    if description.pending:
        parts.append(Tone.MOVING.styled(f"◐ {len(description.pending):,} under way"))
    if description.task_attempt > 1:
        parts.append(Tone.HUMAN.styled(f"▲ workflow task fails, attempt {description.task_attempt}"))
    if description.pause is not None:
        parts.append(Tone.HUMAN.styled(f"▲ paused {pause_words(description.pause)}"))
    else:
        parts.append(Tone.MUTED.styled("live" if description.running else safe(description.status)))
    return Content(" · ").join(parts)


def pause_words(pause: Pause) -> str:
    """Return who paused a run, when and why."""
    by = f"by {plain(pause.by, limit=40)} " if pause.by else ""
    at = f"at {pause.at.astimezone():%H:%M}" if pause.at else ""
    who = f"{by}{at}".strip() or "by somebody"
    return who + (f": {plain(pause.reason, limit=80)}" if pause.reason else "")
