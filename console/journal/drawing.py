"""The journal's entries as lines and as details."""

from datetime import datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import clock, in_local_time
from console.design.tone import Tone
from console.details.sections import hanging, lines
from console.journal.entry import Entry, Outcome

SIGNS = {
    Outcome.SENT: ("◌", Tone.MOVING),
    Outcome.ACCEPTED: ("◐", Tone.MOVING),
    Outcome.APPLIED: ("✔", Tone.DONE),
    Outcome.REFUSED: ("✖", Tone.HUMAN),
    Outcome.UNKNOWN: ("▲", Tone.WAITING),
}
TIME_CELLS, WHO_CELLS, TITLE_CELLS, TARGET_CELLS = 12, 12, 19, 20
WIDE = 100
"""Cells from which on a line says who."""
NAME_CELLS = 8


def line(entry: Entry, now: datetime, width: int) -> Content:
    """Return an entry in one line of ``width`` cells: what does not fit ends in ``…``."""
    sign, tone = SIGNS[entry.outcome]
    start = Content.assemble(
        (f"{clock(entry.at, now):>{TIME_CELLS}}", Tone.MUTED.style),
        (f" {sign} ", tone.style),
        _cell(entry.title, TITLE_CELLS),
        " ",
        _cell(entry.target, TARGET_CELLS).stylize("bold"),
        " ",
        _cell(entry.by, WHO_CELLS).stylize(Tone.MUTED.style) if width >= WIDE else "",
        " " if width >= WIDE else "",
    )
    said = in_local_time(plain(entry.answer or entry.reason))
    return Content.assemble(start, plain(said, limit=max(width - start.cell_length, 1)))


def details(entry: Entry, now: datetime, width: int, undo: Content) -> Content:
    """Return all that the journal has of an entry, and whether it can be taken back."""
    sign, tone = SIGNS[entry.outcome]
    took = f", answered after {(entry.answered_at - entry.at).total_seconds():.1f} s" if entry.answered_at else ""
    made = f"{entry.event_id}, {clock(entry.event_at, now)}" if entry.event_id and entry.event_at else ""
    values = {
        "answer": in_local_time(entry.answer),
        "reason": entry.reason,
        "when": f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}{took}",
        "who": f"{entry.by}, account {entry.login}",
        "event": made,
        "where": f"{entry.server} · {entry.namespace} · {entry.workflow_id}",
    }
    return lines(
        Content.assemble(
            (f"{sign} {entry.outcome.upper()}", f"bold {tone.style}"),
            f"  {plain(entry.title)} ",
            (plain(entry.target), "bold"),
        ),
        *(
            hanging(Content.styled(f"  {name:<{NAME_CELLS}}", Tone.MUTED.style), value, width)
            for name, value in values.items()
            if value
        ),
        undo,
    )


def _cell(text: str, cells: int) -> Content:
    made = Content(plain(text, limit=cells))
    return made.pad_right(cells - made.cell_length)
