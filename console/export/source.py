"""What an export is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.gateway.query import ServerFilter, WorkflowKind
from console.gateway.rows import Row


@dataclass(frozen=True)
class ExportSource:
    """The list to export: the rows that are ``loaded``, and how all that match are read.

    ``complete`` when no other row matches; ``matching`` is their number, None while unknown.
    """

    kind: WorkflowKind
    title: str
    noun: str
    filter_words: str
    loaded: Sequence[Row]
    complete: bool
    matching: int | None
    chosen: ServerFilter
    passing: Callable[[Sequence[Row]], list[Row]]
    """Returns which rows pass what the server cannot filter by."""
