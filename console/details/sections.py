"""Pieces of the details, as Textual content."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from textual.content import Content

from console.design.text import plain, plain_lines
from console.design.times import age, clock, in_local_time, one_unit, two_units
from console.design.tone import Tone
from console.model import Stage
from workflows.shared.forecast import NextEvent
from workflows.shared.refused_signals import RefusedSignal
from workflows.shared.timeline import TimelineEntry

BAR_CELLS = 8
MAX_FORECAST = 5
"""Events of a forecast that are drawn; the payload has all."""
MIN_TEXT_WIDTH = 20
"""Cells that wrapped text gets at least."""
INDENT_BELOW = 8
"""Of a text that has no room beside its start."""


def heading(text: str) -> Content:
    """Return the line above a section."""
    return Content.styled(plain(text), "bold $tone-muted")


def section(title: str, *parts: Content | str) -> Content:
    """Return parts below a heading; nothing if all of them are empty."""
    body = lines(*parts)
    return lines(heading(title), body) if body else body


def lines(*parts: Content | str) -> Content:
    """Return parts below one another, leaving out empty ones."""
    return Content("\n").join(part for part in parts if part)


def sections(*parts: Content | str) -> Content:
    """Return parts with a blank line between them, leaving out empty ones."""
    return Content("\n\n").join(part for part in parts if part)


def sides(left: Content, right: Content, width: int) -> Content:
    """Return ``left`` and ``right`` at the ends of one line, or on two lines if they do not fit."""
    blank = width - left.cell_length - right.cell_length
    return Content.assemble(left, " " * blank, right) if blank > 0 else Content("\n").join([left, right])


def status(stage: Stage) -> Content:
    """Return the stage as the first words of the details."""
    return Content.styled(f"{stage.symbol} {stage.label.upper()}", f"bold {stage.tone.style}")


def facts(values: Mapping[str, object], name_width: int, width: int) -> Content:
    """Return a line for each value that is given, with its name; a longer one ends in ``…``."""
    room = max(width - name_width - 6, MIN_TEXT_WIDTH)
    rows = [
        (Tone.MUTED.styled(plain(name, limit=name_width)), plain(str(value), limit=room))
        for name, value in values.items()
    ]
    return grid(rows)


def timing(since: datetime, due_at: datetime | None, now: datetime) -> Content:
    """Return the time in the stage, and when something is due if it is."""
    spent = Tone.MUTED.styled(f"for {age(since, now)}")
    return spent if due_at is None else Content.assemble(spent, (" · ", Tone.MUTED.style), due_bar(since, due_at, now))


def due_bar(since: datetime, at: datetime, now: datetime) -> Content:
    """Return when something is due, and a bar of the time that is gone."""
    if now > at:
        return Content.styled(f"▲ overdue by {two_units(now - at)}", f"bold {Tone.HUMAN.style}")
    gone = (now - since).total_seconds() / max((at - since).total_seconds(), 1.0)
    filled = round(min(max(gone, 0.0), 1.0) * BAR_CELLS)
    words = f"due in {two_units(at - now)} {'▓' * filled}"
    return Content.assemble((words, Tone.WAITING.style), ("░" * (BAR_CELLS - filled), Tone.MUTED.style))


def hanging(start: Content, text: str, width: int, style: str = "") -> Content:
    """Return ``text`` after ``start``, wrapped with a hanging indent; below it where there is no room beside it."""
    indent = start.cell_length
    if text and width - indent < MIN_TEXT_WIDTH and indent > INDENT_BELOW:
        return Content("\n").join([start.rstrip(), hanging(Content(" " * INDENT_BELOW), text, width, style)])
    wrapped = Content(plain_lines(text)).wrap(max(width - indent, MIN_TEXT_WIDTH))
    first, *rest = [line.plain.rstrip() for line in wrapped] or [""]
    return Content("\n").join(
        [Content.assemble(start, (first, style)), *(Content.styled(" " * indent + line, style) for line in rest)]
    )


def moment_line(at: datetime, text: str, width: int, now: datetime) -> Content:
    """Return a line with the time ``at``."""
    return hanging(Content.assemble("  ", (clock(at, now), Tone.MUTED.style), "  "), in_local_time(text), width)


def grid(rows: Sequence[Sequence[Content | str]], right: Iterable[int] = (), width: int | None = None) -> Content:
    """Return rows in columns as wide as their longest cell, those in ``right`` right-aligned.

    With ``width`` a longer row ends in ``…``.
    """
    cells = [[cell if isinstance(cell, Content) else Content(cell) for cell in row] for row in rows]
    widths = [max(row[column].cell_length for row in cells) for column in range(len(cells[0]))] if cells else []
    rightward = set(right)

    def aligned(cell: Content, column: int) -> Content:
        blank = widths[column] - cell.cell_length
        return cell.pad_left(blank) if column in rightward else cell.pad_right(blank)

    made = [
        Content.assemble("  ", Content("  ").join(aligned(cell, column) for column, cell in enumerate(row)))
        for row in cells
    ]
    return Content("\n").join(row if width is None else row.rstrip().truncate(width, ellipsis=True) for row in made)


def timeline(entries: Sequence[TimelineEntry], now: datetime, width: int) -> Content:
    """Return what happened, oldest first."""
    return section("Timeline", *(moment_line(entry.at, entry.text, width, now) for entry in entries))


def forecast(events: Sequence[NextEvent], now: datetime, width: int) -> Content:
    """Return what happens by itself, the earliest first, and how long it is until then."""
    starts = grid([(_moment(event.at, now), _until(event.at, now)) for event in events[:MAX_FORECAST]], right=(1,))
    words = (
        hanging(Content.assemble(start, "  "), in_local_time(event.what), width)
        for start, event in zip(starts.split(), events, strict=False)
    )
    return section("If nobody acts", *words)


def _moment(at: datetime, now: datetime) -> Content:
    return Tone.MUTED.styled(clock(at, now))


def _until(at: datetime, now: datetime) -> Content:
    return Tone.WAITING.styled("in " + one_unit(at - now) if at > now else "now")


def attention(code: str | None) -> Content:
    """Return the line that says why a human must look, if one must."""
    return problem(code.replace("_", " ")) if code else Content("")


def refused_signals(refusals: Sequence[RefusedSignal], count: int, now: datetime, width: int) -> Content:
    """Return the refused signals that were kept, of ``count`` in all."""
    title = f"Refused · the latest {len(refusals)} of {count:,}" if count > len(refusals) else "Refused"
    words = (moment_line(one.at, f"{one.signal.replace('_', ' ')}: {one.reason}", width, now) for one in refusals)
    return section(title, *words)


def problem(text: str) -> Content:
    """Return the line of a problem."""
    return Tone.HUMAN.styled(f"▲ {plain(text)}")


def pretty(json: str) -> Content:
    """Return indented JSON, safe to draw."""
    return Content("\n".join(line[: len(line) - len(line.lstrip(" "))] + plain(line) for line in json.splitlines()))
