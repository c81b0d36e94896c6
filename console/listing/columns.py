"""Widths of a list's columns."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from console.model import Column

MAX_GROWN_WIDTH = 34
"""Cells; a longer text ends in ``…``."""

MIN_FLEXIBLE_WIDTH = 6
MIN_CUT_WIDTH = 8
"""Cells that a column keeps whose texts end in ``…`` because there is no room at all; narrower ones are never cut."""


class Extent(NamedTuple):
    """Widths of a column's longest text, and of its longest short text."""

    text: int
    short: int = 0


def fit(columns: Sequence[Column], room: int, padding: int, longest: Mapping[Column, Extent]) -> dict[Column, int]:
    """Return the columns to show in ``room`` cells, and their widths; ``longest`` has the longest cells.

    Columns are dropped from the highest ``drop_order`` on until the others fit, a figure only where they do not fit
    without having grown either; the flexible one gets what is left.
    Where there is still no room, what has grown shrinks again, the first column first, and figures last: these only to
    their short texts. In the end an age in the last column goes, and texts are cut, the last column first.
    """
    none = Extent(0)

    def grown(column: Column) -> int:
        text = longest.get(column, none).text
        return max(column.width, text if column.figure else min(text, MAX_GROWN_WIDTH))

    widths = {column: grown(column) for column in columns}

    def spare() -> int:
        return room - sum(width + 2 * padding for width in widths.values())

    for column in sorted(columns, key=lambda column: column.drop_order, reverse=True):
        growth = sum(width - each.width for each, width in widths.items() if each.grows) if column.figure else 0
        if spare() + growth < 0 < column.drop_order:
            del widths[column]
    flexible = next((column for column in widths if column.flexible), None)
    if flexible is not None:
        widths[flexible] = max(widths[flexible] + spare(), MIN_FLEXIBLE_WIDTH)
    for column in sorted(widths, key=lambda column: column.figure):
        least = max(column.width, longest.get(column, none).short)
        if (column.grows or column.figure) and spare() < 0:
            widths[column] = min(max(widths[column] + spare(), least), widths[column])
    return _cut(widths, -spare(), 2 * padding)


def _cut(widths: Mapping[Column, int], missing: int, around: int) -> dict[Column, int]:
    """Return widths that are ``missing`` cells less together, as far as there are texts that may be cut.

    ``around`` cells stand around each column. An age behind them all goes first.
    """
    cut = dict(widths)
    if missing > 0 and cut and (last := [*cut][-1]).live:
        missing -= cut.pop(last) + around
    for column in reversed(cut):
        if missing > 0 and not column.figure and not column.grows:
            less = min(missing, max(cut[column] - MIN_CUT_WIDTH, 0))
            cut[column] -= less
            missing -= less
    return cut
