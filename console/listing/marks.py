"""The marks of a list: rows that the next action is for."""

from collections.abc import Iterable, Sequence

from console.gateway.rows import Row

SIGN = "✓"
"""Drawn before a marked row, in the place of a blank."""


class Marks:
    """Marked workflows. A mark counts only while its row is in the list: nobody acts on what is not shown."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def __contains__(self, row: Row) -> bool:
        return row.key.workflow_id in self._ids

    def toggle(self, row: Row) -> None:
        """Mark a row, or take its mark away."""
        self._ids ^= {row.key.workflow_id}

    def add(self, rows: Iterable[Row]) -> None:
        """Mark rows."""
        self._ids |= {row.key.workflow_id for row in rows}

    def toggle_all(self, rows: Sequence[Row]) -> None:
        """Mark all rows, or none of them if all are marked already."""
        ids = {row.key.workflow_id for row in rows}
        self._ids = self._ids - ids if ids <= self._ids else self._ids | ids

    def drop(self, rows: Iterable[Row]) -> None:
        """Take the marks of rows away."""
        self._ids -= {row.key.workflow_id for row in rows}

    def clear(self) -> None:
        """Take all marks away."""
        self._ids.clear()

    def among(self, rows: Iterable[Row]) -> list[Row]:
        """Return the marked ones of the rows, in their order."""
        return [row for row in rows if row in self] if self._ids else []
