"""How wide each column of a list is, and which ones there is room for."""

from collections.abc import Sequence

from console.model import Column

MOST_IDENT = 34
"""No ID takes more cells than this; a longer one ends in ``…``."""


def fit(columns: Sequence[Column], room: int, padding: int, longest_ident: int) -> dict[Column, int]:
    """Return the columns to show in ``room`` cells, and their widths.

    Where room is short, the column with the highest ``drop_order`` goes first; the flexible one gets what is left.
    """
    shown = list(columns)
    while True:
        widths = {column: _natural(column, longest_ident) for column in shown}
        spare = room - sum(width + 2 * padding for width in widths.values())
        expendable = max(shown, key=lambda column: column.drop_order)
        if spare >= 0 or expendable.drop_order == 0:
            break
        shown.remove(expendable)
    flexible = next((column for column in shown if column.flexible), None)
    if flexible is not None:
        widths[flexible] = max(widths[flexible] + spare, 6)
    return widths


def _natural(column: Column, longest_ident: int) -> int:
    if column.ident:
        return min(max(column.width, longest_ident), MOST_IDENT)
    return column.width
