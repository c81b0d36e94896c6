"""Draws the lines of a history in columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from rich.cells import cell_len, set_cell_size

from console.design.times import two_units
from console.design.tone import Tone
from console.gateway.events.event import Event, Phase
from console.history.axis import Axis, bar
from console.history.groups import Group, History
from console.history.lines import Kind, Line, View
from console.history.words import (
    Piece,
    event_pieces,
    idle_words,
    length,
    name,
    pending_pieces,
    pieces,
    safe,
    sign,
)

TIME_CELLS = 8
GAP = 2
MIN_BUSINESS, MAX_BUSINESS = 16, 60
"""Cells of the column with the business timeline."""
BUSINESS_SHARE = 0.42
MIN_NAME, MAX_NAME = 18, 40
SPAN_CELLS = 15
BARS = {Phase.FAILED: "▓", Phase.STOPPED: "░"}
RETRIED, PLAIN_BAR = "▓", "█"


@dataclass(frozen=True)
class Drawing:
    """What lines are drawn with. ``business`` is the longest text of the business timeline, in cells."""

    view: View
    history: History
    now: datetime
    business: int = 0
    reset_points: Mapping[int, str] = field(default_factory=dict)

    def at(self, now: datetime) -> "Drawing":
        """Return the same, drawn at another moment."""
        return replace(self, now=now)

    def header(self, width: int) -> list[Piece]:
        """Return the titles of the columns."""
        match self.view:
            case View.BUSINESS:
                said = [(_fit("business", self._business(width)) + " " * GAP, Tone.MUTED)] if self.business else []
                return [(_time("time"), Tone.MUTED), *said, ("what happened in Temporal", Tone.MUTED)]
            case View.EVENTS:
                number = " " * (self._number_cells - 1) + "#"
                return [(f"{number}  {_time('time')}", Tone.MUTED), ("event", Tone.MUTED)]
            case View.TREE:
                return [(_time("time"), Tone.MUTED), ("what it was, and its events", Tone.MUTED)]
            case View.TIMELINE:
                return self._axis_header(width)

    def draw(self, line: Line, width: int) -> list[Piece]:
        """Return a line."""
        match line.kind:
            case Kind.IDLE:
                words = idle_words(line.at, line.until or self.now, self.history.groups)
                return [(" " * (self._indent + 2) + words, Tone.MUTED)]
            case Kind.DAY:
                return [(f"── {line.at.astimezone():%a %d %b %Y} ──", Tone.MUTED)]
            case Kind.STEP if line.event is not None and line.group is not None:
                return self._step(line, line.event, line.group)
            case Kind.PENDING if line.group is not None and line.group.pending is not None:
                return [(self._branch(line), Tone.MUTED), *pending_pieces(line.group.pending, self.now)]
            case _:
                return self._row(line, width)

    def _row(self, line: Line, width: int) -> list[Piece]:
        group, event = line.group, line.event
        start = (_time(f"{line.at.astimezone():%H:%M:%S}"), Tone.MUTED)
        if self.view is View.EVENTS and event is not None:
            return [(f"{event.event_id:>{self._number_cells}}  ", Tone.MUTED), start, *self._event(event)]
        if self.view is View.TIMELINE and group is not None:
            return [start, *self._bar(group, width)]
        said: list[Piece] = [start]
        if self.view is View.BUSINESS and self.business:
            cells = self._business(width)
            edge = "▏" if line.text else " "
            said.append((_fit(edge + safe(line.text), cells) + " " * GAP, Tone.PLAIN))
        return [*said, *(pieces(group, self.now) if group is not None else [])]

    def _event(self, event: Event) -> list[Piece]:
        build = self.reset_points.get(event.event_id)
        said = event_pieces(event)
        return said if build is None else [*said, (f"  ↺ reset point, build {safe(build)}", Tone.WAITING)]

    def _step(self, line: Line, event: Event, group: Group) -> list[Piece]:
        after = f"+{length(event.at - group.first.at)}"
        return [(f"{self._branch(line)}{after:<9} ", Tone.MUTED), *event_pieces(event)]

    def _branch(self, line: Line) -> str:
        return " " * (TIME_CELLS + GAP) + ("└ " if line.last else "├ ")

    # The bars.

    @cached_property
    def _axis(self) -> Axis:
        times = [event.at for event in self.history.events]
        return Axis(times if self.history.ended else [*times, self.now])

    def _bar(self, group: Group, width: int) -> list[Piece]:
        cells, room = self._name(width), self._room(width)
        (symbol, tone), end = sign(group), self.now if group.open else group.last.at
        first, taken = bar(self._axis, group.first.at, end, room)
        drawn = BARS.get(group.phase, RETRIED if group.attempts > 1 else PLAIN_BAR) * min(taken, room - first)
        rest = " " * (room - first - len(drawn) + 1)
        tries = f" ×{group.attempts}" if group.attempts > 1 else ""  # noqa: RUF001 - multiplication sign
        span = length(group.span(self.now)) if group.open or len(group.events) > 1 else ""
        return [
            (f"{symbol} ", tone),
            (_fit(name(group), cells - 2) + " ", Tone.PLAIN),
            (" " * first + drawn, tone),
            (f"{rest}{span}{tries}", Tone.MUTED),
        ]

    def _axis_header(self, width: int) -> list[Piece]:
        room = self._room(width)
        marks = [" "] * room
        for share, span in self._axis.pauses():
            words, start = f"·{two_units(span)}·", min(int(share * room), room - 1)
            if all(mark == " " for mark in marks[max(start - 1, 0) : start + len(words) + 1]):
                marks[start : start + len(words)] = words
        return [
            (_time("time") + _fit("what", self._name(width)) + " ", Tone.MUTED),
            ("".join(marks[:room]), Tone.MUTED),
        ]

    def _name(self, width: int) -> int:
        return min(max(width // 4, MIN_NAME), MAX_NAME)

    def _room(self, width: int) -> int:
        return max(width - TIME_CELLS - GAP - self._name(width) - 2 - SPAN_CELLS, 8)

    # Columns.

    @property
    def _indent(self) -> int:
        return TIME_CELLS + (self._number_cells + 2 if self.view is View.EVENTS else 0)

    @cached_property
    def _number_cells(self) -> int:
        return max(len(str(len(self.history.events))), 2)

    def _business(self, width: int) -> int:
        most = min(max(int(width * BUSINESS_SHARE), MIN_BUSINESS), MAX_BUSINESS)
        return min(self.business + 1, most)


def longest(texts: Sequence[str]) -> int:
    """Return the length of the longest text in cells."""
    return max((cell_len(safe(text)) for text in texts), default=0)


def _time(text: str) -> str:
    return text.ljust(TIME_CELLS + GAP)


def _fit(text: str, cells: int) -> str:
    """Return a safe text in so many cells; a longer one ends in ``…``."""
    return set_cell_size(text, cells) if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…"
