"""The rows of a list in order, and what has changed since they were drawn."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from rich.cells import cell_len

from console.design.text import plain
from console.gateway.rows import Row
from console.listing.columns import Extent
from console.model import Cell, Column

GLOW_SECONDS = 1.5
FADE_SECONDS = 4.0

_safe = lru_cache(maxsize=8192)(plain)


@dataclass(slots=True)
class Line:
    """A row as it is drawn. ``leaving`` is when it may be dropped; ``glows`` maps columns to when their glow ends.

    It stays the same when its workflow goes on in another run.
    """

    row: Row
    cells: tuple[Cell, ...]
    leaving: float | None = None
    glows: dict[int, float] = field(default_factory=dict)

    @property
    def workflow_id(self) -> str:
        """Identifies the line."""
        return self.row.key.workflow_id


class RowModel:
    """Takes rows, and tells which lines must be drawn again."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._indexes: dict[str, int] = {}
        self.lines: list[Line] = []

    def index(self, workflow_id: str) -> int | None:
        """Return the line of a workflow."""
        return self._indexes.get(workflow_id)

    def longest_cells(self) -> dict[Column, Extent]:
        """Return the width of the longest cell of each column that grows."""
        return {
            column: Extent(
                max((cell_len(line.cells[index].text) for line in self.lines), default=0),
                max((cell_len(line.cells[index].short) for line in self.lines), default=0) if column.figure else 0,
            )
            for index, column in enumerate(self._columns)
            if column.grows or column.figure
        }

    def reset(self, rows: Iterable[Row], now: datetime) -> None:
        """Replace all rows, without glow or fading."""
        self._put([Line(row, self._cells(row, now)) for row in rows])

    def update(self, rows: Sequence[Row], now: datetime) -> tuple[bool, list[int]]:
        """Take the rows as they are now. Return whether lines moved, and which lines changed in place.

        A missing row stays in its place for a while, and fades.
        """
        known = {line.workflow_id: line for line in self.lines}
        taken: list[Line] = []
        changed: set[str] = set()
        for row in rows:
            line = known.pop(row.key.workflow_id, None)
            if line is None:
                line = Line(row, self._cells(row, now))
            elif self._renew(line, row, now):
                changed.add(row.key.workflow_id)
            taken.append(line)
        for line in known.values():
            if line.leaving is None:
                line.leaving = time.monotonic() + FADE_SECONDS
                changed.add(line.workflow_id)
        order = [line.workflow_id for line in self.lines]
        self._put(_with_leaving(self.lines, taken) if known else taken)
        moved = order != [line.workflow_id for line in self.lines]
        return moved, [self._indexes[workflow_id] for workflow_id in changed]

    def tick(self, indexes: Iterable[int], now: datetime) -> list[int]:
        """Recompute these lines for the time ``now``, and return those that changed."""
        changed = []
        for index in indexes:
            line = self.lines[index]
            cells = self._cells(line.row, now)
            if cells != line.cells:
                line.cells = cells
                changed.append(index)
        return changed

    def end_glows(self) -> list[int]:
        """Return the lines in which a glow has ended."""
        clock = time.monotonic()
        ended = []
        for index, line in enumerate(self.lines):
            glowing = {column: until for column, until in line.glows.items() if until > clock}
            if glowing != line.glows:
                line.glows = glowing
                ended.append(index)
        return ended

    def drop_faded(self, under_cursor: str | None) -> bool:
        """Drop the rows that have faded, except the one under the cursor; return whether there were any."""
        clock = time.monotonic()
        kept = [
            line
            for line in self.lines
            if line.leaving is None or line.leaving > clock or line.workflow_id == under_cursor
        ]
        dropped = len(kept) < len(self.lines)
        self._put(kept)
        return dropped

    def _put(self, lines: list[Line]) -> None:
        self.lines = lines
        self._indexes = {line.workflow_id: index for index, line in enumerate(lines)}

    def _renew(self, line: Line, row: Row, now: datetime) -> bool:
        back = line.leaving is not None
        line.leaving = None
        if row is line.row and not back:
            return False
        cells = self._cells(row, now)
        until = time.monotonic() + GLOW_SECONDS
        for column, (before, after) in enumerate(zip(line.cells, cells, strict=True)):
            if before != after and not self._columns[column].live:
                line.glows[column] = until
        changed = back or cells != line.cells
        line.row, line.cells = row, cells
        return changed

    def _cells(self, row: Row, now: datetime) -> tuple[Cell, ...]:
        cells = (column.cell(row, now) for column in self._columns)
        return tuple(cell._replace(text=_safe(cell.text)) for cell in cells)


def _with_leaving(before: list[Line], after: list[Line]) -> list[Line]:
    """Return ``after`` with the leaving lines behind their previous neighbours."""
    behind: dict[str | None, list[Line]] = {}
    neighbour: str | None = None
    for line in before:
        if line.leaving is not None:
            behind.setdefault(neighbour, []).append(line)
        else:
            neighbour = line.workflow_id
    order = behind.pop(None, [])
    for line in after:
        order += [line, *behind.get(line.workflow_id, [])]
    return order
