"""Widths of a list's columns."""

from collections.abc import Mapping, Sequence

from console.model import Column

MAX_GROWN_WIDTH = 34
"""Cells; a longer text ends in ``…``."""

MIN_FLEXIBLE_WIDTH = 6


def fit(columns: Sequence[Column], room: int, padding: int, longest: Mapping[Column, int]) -> dict[Column, int]:
    """Return the columns to show in ``room`` cells, and their widths; ``longest`` has the longest cells.

    Columns are dropped from the highest ``drop_order`` on until the others fit; the flexible one gets what is left.
    Where there is still no room, what has grown shrinks again, the first column first.
    """
    widths = {column: max(column.width, min(longest.get(column, 0), MAX_GROWN_WIDTH)) for column in columns}

    def spare() -> int:
        return room - sum(width + 2 * padding for width in widths.values())

    for column in sorted(columns, key=lambda column: column.drop_order, reverse=True):
        if spare() < 0 < column.drop_order:
            del widths[column]
    flexible = next((column for column in widths if column.flexible), None)
    if flexible is not None:
        widths[flexible] = max(widths[flexible] + spare(), MIN_FLEXIBLE_WIDTH)
    for column, width in widths.items():
        if column.grows and spare() < 0:
            widths[column] = max(width + spare(), column.width)
    return widths
