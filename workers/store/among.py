"""Conditions on many values: one parameter, however many they are."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, any_, cast, func, literal, select


def among(connection: Connection, column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    """Return whether a column is one of the texts. `in_` would make a statement of its own for each number of them."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(literal(json.dumps(list(values)))).table_valued("value")
        return column.in_(select(each.c.value))
    from sqlalchemy.dialects import postgresql  # takes 4 MB

    return column == any_(cast(literal(list(values), postgresql.ARRAY(Text)), postgresql.ARRAY(Text)))
