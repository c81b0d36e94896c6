"""Widths of a list's columns."""

from collections.abc import Sequence

from console.model import Column

MAX_IDENT_WIDTH = 34
"""Cells; a longer ID ends in ``…``."""

MIN_FLEXIBLE_WIDTH = 6


def fit(columns: Sequence[Column], room: int, padding: int, longest_ident: int) -> dict[Column, int]:
    """Return the columns to show in ``room`` cells, and their widths.

    Columns are dropped from the highest ``drop_order`` on until the others fit; the flexible one gets what is left.
    """
    widths = {
        column: min(max(column.width, longest_ident), MAX_IDENT_WIDTH) if column.ident else column.width
        for column in columns
    }

    def spare() -> int:
        return room - sum(width + 2 * padding for width in widths.values())

    for column in sorted(columns, key=lambda column: column.drop_order, reverse=True):
        if spare() < 0 < column.drop_order:
            del widths[column]
    flexible = next((column for column in widths if column.flexible), None)
    if flexible is not None:
        widths[flexible] = max(widths[flexible] + spare(), MIN_FLEXIBLE_WIDTH)
    return widths
