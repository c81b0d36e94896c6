"""Reading the store's tables past the code under test."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Row


def rows(connection: Connection, query: Executable) -> Sequence[Row[Any]]:
    """Return all rows of a query: work for `Store.read`."""
    return connection.execute(query).all()
