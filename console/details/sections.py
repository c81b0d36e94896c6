"""The pieces that details are written with."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from textual.content import Content

from console.design.text import plain, plain_lines
from console.design.times import clock, two_units
from console.design.tone import Tone
from workflows.shared.timeline import TimelineEntry

BAR_CELLS = 8
LINE = 72
"""Cells that a line of the details has at 160 columns."""
MOST_NARROW = 20
"""No text is wrapped at fewer cells than this."""


def heading(text: str) -> Content:
    """Return the line above a section."""
    return Content.styled(plain(text), "bold $tone-muted")


def lines(*parts: Content | str) -> Content:
    """Return parts below one another, leaving out empty ones."""
    return Content("\n").join(part for part in parts if part)


def sections(*parts: Content | str) -> Content:
    """Return parts with a blank line between them, leaving out empty ones."""
    return Content("\n\n").join(part for part in parts if part)


def sides(left: Content, right: Content, width: int) -> Content:
    """Return one line with ``left`` and ``right`` at its ends; on two lines when they do not fit."""
    blank = width - left.cell_length - right.cell_length
    return Content.assemble(left, " " * blank, right) if blank > 0 else Content("\n").join([left, right])


def bar(share: float, tone: Tone, cells: int = BAR_CELLS) -> Content:
    """Return a bar that is filled to ``share``, from 0 to 1."""
    filled = round(min(max(share, 0.0), 1.0) * cells)
    return Content.assemble(("▓" * filled, tone.style), ("░" * (cells - filled), Tone.MUTED.style))


def due_bar(since: datetime, at: datetime, now: datetime) -> Content:
    """Return when something is due, and how much of the time is gone."""
    if now > at:
        return Content.styled(f"▲ overdue by {two_units(now - at)}", f"bold {Tone.HUMAN.style}")
    whole = max((at - since).total_seconds(), 1.0)
    gone = bar((now - since).total_seconds() / whole, Tone.WAITING)
    return Content.assemble((f"due in {two_units(at - now)} ", Tone.WAITING.style), gone)


def hanging(start: Content, text: str, width: int, style: str = "") -> Content:
    """Return ``text`` after ``start``, with its further lines below its first one."""
    indent = start.cell_length
    first, *rest = _wrapped(text, max(width - indent, MOST_NARROW)) or [""]
    return Content("\n").join(
        [Content.assemble(start, (first, style)), *(Content.styled(" " * indent + line, style) for line in rest)]
    )


def moment_line(at: datetime, text: str, width: int, now: datetime) -> Content:
    """Return a line of something that happened at a time."""
    return hanging(Content.assemble("  ", (clock(at, now), Tone.MUTED.style), "  "), text, width)


def grid(
    rows: Sequence[Sequence[Content | str]], right: Iterable[int] = (), indent: str = "  ", width: int | None = None
) -> Content:
    """Return rows in columns as wide as their longest cell; the columns in ``right`` are right-aligned.

    With ``width`` a row that is too long ends in ``…``.
    """
    cells = [[cell if isinstance(cell, Content) else Content(cell) for cell in row] for row in rows]
    widths = [max(row[column].cell_length for row in cells) for column in range(len(cells[0]))] if cells else []
    rightward = set(right)

    def aligned(cell: Content, column: int) -> Content:
        blank = widths[column] - cell.cell_length
        return cell.pad_left(blank) if column in rightward else cell.pad_right(blank)

    made = [
        Content.assemble(indent, Content("  ").join(aligned(cell, column) for column, cell in enumerate(row)))
        for row in cells
    ]
    return Content("\n").join(row if width is None else row.rstrip().truncate(width, ellipsis=True) for row in made)


def timeline(entries: Sequence[TimelineEntry], now: datetime, width: int = LINE) -> Content:
    """Return what happened, oldest first."""
    return lines(heading("Timeline"), *(moment_line(entry.at, entry.text, width, now) for entry in entries))


def problem(text: str) -> Content:
    """Return a line that says what went wrong."""
    return Content.styled(f"▲ {plain(text)}", Tone.HUMAN.style)


def pretty(json: str) -> Content:
    """Return JSON as plain text."""
    return Content(plain_lines_of(json))


def plain_lines_of(text: str) -> str:
    """Return text with its indentation kept and every line made safe."""
    return "\n".join(line[: len(line) - len(line.lstrip(" "))] + plain(line) for line in text.splitlines())


def _wrapped(text: str, width: int) -> list[str]:
    return [line.plain.rstrip() for line in Content(plain_lines(text)).wrap(width)]
