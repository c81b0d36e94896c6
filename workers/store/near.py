"""Known IDs that are like one that is not: most unknown IDs are slips."""

from typing import Any

from sqlalchemy import Column, Connection, func, select

from workflows.shared.nearest import nearest

MAX_NEAR = 2
"""IDs that are proposed instead of an unknown one."""
MAX_TYPED_WRONG = 2
"""Characters too many or too few in an unknown ID that is taken for a slip."""
MAX_COMPARED = 1_000
"""IDs that are compared with it: some 20 ms."""


def near(connection: Connection, column: Column[Any], wrong: str) -> list[str]:
    """Return values of a column that are like one that is not there, whatever their case, the most alike first."""
    length = func.length(column)
    like = select(column).where(length.between(len(wrong) - MAX_TYPED_WRONG, len(wrong) + MAX_TYPED_WRONG))
    return nearest(wrong, connection.scalars(like.order_by(column).limit(MAX_COMPARED)), MAX_NEAR)
