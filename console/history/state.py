"""The lines around a history: which run it is, and how much there is of it."""

from collections.abc import Sequence

from textual.content import Content

from console.design.text import plain
from console.design.tone import Tone
from console.gateway.events.description import MAX_EVENTS, RunDescription, RunInfo
from console.gateway.events.event import Phase, Subject
from console.gateway.rows import RowKey
from console.history.groups import History
from console.history.words import safe

FULL = 0.8
"""Of the events that a run may have, from where on it is worth a warning."""
KB, MB = 1_000, 1_000_000


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
    total = max(description.events, count)
    tone = Tone.HUMAN if total >= FULL * MAX_EVENTS else Tone.MUTED
    read = "" if complete else f"reading: {count:,} of "
    parts = [tone.styled(f"{read}{total:,} events of {MAX_EVENTS:,}, {_size(description.size)}")]
    if failures := len(history.failures):
        parts.append(Tone.HUMAN.styled(f"▲ {failures:,} failed"))
    if description.pending:
        parts.append(Tone.MOVING.styled(f"◐ {len(description.pending):,} under way"))
    if description.task_attempt > 1:
        parts.append(Tone.HUMAN.styled(f"▲ workflow task fails, attempt {description.task_attempt}"))
    parts.append(Tone.MUTED.styled("live" if description.running else safe(description.status)))
    return Content(" · ").join(parts)


def _size(size: int) -> str:
    return f"{size / MB:.1f} MB" if size >= MB else f"{size / KB:.0f} kB"
