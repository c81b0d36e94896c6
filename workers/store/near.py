"""Known IDs that are like one that is not: most unknown IDs are slips."""

from difflib import get_close_matches
from typing import Any

from sqlalchemy import Column, Connection, func, select

MAX_NEAR = 2
"""IDs that are proposed instead of an unknown one."""
MAX_TYPED_WRONG = 2
"""Characters too many or too few in an unknown ID that is taken for a slip."""
MAX_COMPARED = 1_000
"""IDs that are compared with it: some 20 ms."""
ALIKE = 0.7
"""From 0, nothing in common, to 1, the same."""


def near(connection: Connection, column: Column[Any], wrong: str) -> list[str]:
    """Return values of a column that are like one that is not there, whatever their case, the most alike first."""
    length = func.length(column)
    like = select(column).where(length.between(len(wrong) - MAX_TYPED_WRONG, len(wrong) + MAX_TYPED_WRONG))
    known = {name.casefold(): name for name in connection.scalars(like.order_by(column).limit(MAX_COMPARED))}
    return [known[name] for name in get_close_matches(wrong.casefold(), known, n=MAX_NEAR, cutoff=ALIKE)]
