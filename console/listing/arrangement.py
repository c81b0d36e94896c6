"""How an operator has arranged a list: columns in an order of their own, and a sort of what is loaded."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from console.gateway.rows import Row
from console.listing import cells
from console.model import Column

Key = Callable[[Row], Any]

KEYS: dict[object, Key] = {
    cells.money: lambda row: row.amount,
    cells.in_stage: lambda row: row.stage_since,
    cells.due_in: lambda row: None if row.closed else row.due_at,
}
"""What the rows are sorted by where the text of a cell has another order."""


class Arrangement(BaseModel):
    """Titles of columns: ``order`` names those that were moved to the front, ``hidden`` those that are not shown.

    ``sort`` is the column by which the loaded rows are sorted, empty for the server's order.
    """

    order: list[str] = Field(default_factory=list)
    hidden: list[str] = Field(default_factory=list)
    sort: str = ""
    descending: bool = False
    oldest_first: bool = False
    """Whether all rows are read to show the oldest first; the server lists the newest first, and nothing else."""

    def ordered(self, columns: Sequence[Column]) -> list[Column]:
        """Return all columns in the operator's order; one that is not in it stays behind its neighbours."""
        places = {title: place for place, title in enumerate(self.order)}
        return sorted(columns, key=lambda column: places.get(column.title, len(places)))

    def shown(self, columns: Sequence[Column]) -> list[Column]:
        """Return the columns that are shown; at least one is."""
        ordered = self.ordered(columns)
        return [column for column in ordered if column.title not in self.hidden] or ordered[:1]

    def sorted(self, rows: Iterable[Row], columns: Sequence[Column]) -> list[Row]:
        """Return the rows sorted; those without a value come last either way."""
        column = next((column for column in columns if column.title == self.sort), None)
        if column is None:
            return list(rows)
        known: list[tuple[Any, Row]] = []
        unknown: list[tuple[Any, Row]] = []
        key = column.sort_key or KEYS.get(column.cell) or _by_text(column)
        for row in rows:
            value = key(row)
            (unknown if value in (None, "") else known).append((value, row))
        known.sort(key=lambda pair: pair[0], reverse=self.descending)
        return [row for _, row in (*known, *unknown)]

    @property
    def sort_words(self) -> str:
        """The sort in words, empty for the server's order."""
        return f"by {self.sort} {'↓' if self.descending else '↑'}" if self.sort else ""

    def with_sort(self, title: str) -> "Arrangement":
        """Return it sorted by a column, the other way round if it is already, and then no more."""
        if title != self.sort:
            return self.model_copy(update={"sort": title, "descending": False})
        if not self.descending:
            return self.model_copy(update={"descending": True})
        return self.model_copy(update={"sort": "", "descending": False})

    def with_toggled(self, title: str) -> "Arrangement":
        """Return it with a column hidden, or shown again."""
        hidden = [one for one in self.hidden if one != title]
        return self.model_copy(update={"hidden": hidden if title in self.hidden else [*hidden, title]})

    def with_moved(self, title: str, step: int, columns: Sequence[Column]) -> "Arrangement":
        """Return it with a column ``step`` places to the right."""
        titles = [column.title for column in self.ordered(columns)]
        place = titles.index(title)
        titles.insert(min(max(place + step, 0), len(titles) - 1), titles.pop(place))
        return self.model_copy(update={"order": titles})


def _by_text(column: Column) -> Key:
    now = datetime.now(UTC)
    return lambda row: column.cell(row, now).text.casefold()
