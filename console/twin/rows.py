"""What ``tconsole SYSTEM list`` says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len, set_cell_size

from console.design.text import plain
from console.design.times import age, due
from console.export.records import RowRecord
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing
from console.gateway.query import ATTENTION, WorkflowKind
from console.gateway.rows import Row
from console.listing.filtering import RowFilter
from console.search import list_filter
from console.start.once import need_attributes
from console.systems.system import ConsoleSystem
from console.twin.payload import UsageError
from console.twin.writing import Output, put_values, tell
from workflows.shared.errors import RefusedError
from workflows.shared.money import format_money

MAX_PAGE = 1_000
"""Rows of one List call."""

COLUMNS = ("id", "stage", "amount", "owner", "in", "due", "title")
CELLS = 60
"""Of a title."""


@dataclass(frozen=True)
class Wanted:
    """Which rows."""

    stage: str | None = None
    owner: str | None = None
    attention: bool = False
    mine: bool = False
    text: str = ""
    query: str | None = None
    limit: int = 200

    @property
    def page_size(self) -> int:
        """How many rows to read at a time: one more than is wanted, unless some may not be what is looked for."""
        return MAX_PAGE if self.text else min(self.limit + 1, MAX_PAGE)


async def list_rows(gateway: Gateway, system: ConsoleSystem[Any, Any], wanted: Wanted, output: Output) -> None:
    """Write the rows that are wanted, the newest first, and say whether there are more.

    Raises:
        UsageError: a filter is wrong.
        CallError: the server did not answer.
        LaunchError: the namespace lacks the search attributes.
    """
    known = [stage.name for stage in system.stages]
    if wanted.stage is not None and wanted.stage not in known:
        raise UsageError(f"--stage {plain(wanted.stage)}: {system.name} have the stages {', '.join(known)}")
    chosen = row_filter(wanted, gateway.operator)
    await need_attributes(gateway)
    try:
        rows, more = await _read(gateway, system.kind, chosen, wanted.limit)
    except RefusedError as error:
        if wanted.query is None:
            raise
        raise UsageError(f"--query: {error}") from error
    records = [RowRecord.of(row).model_dump(mode="json") for row in rows]
    put_values(records, output, _lines(rows, datetime.now(UTC)))
    if more:
        tell(f"there are more: --limit {wanted.limit} was reached")


def row_filter(wanted: Wanted, operator: str) -> RowFilter:
    """Return the filter of what is wanted. Raises ``UsageError``."""
    parsed = RowFilter.parse(wanted.text, ATTENTION if wanted.attention else wanted.stage)
    if parsed.problem:
        raise UsageError(f"--filter: {parsed.problem}")
    if wanted.attention and wanted.stage is not None:
        raise UsageError("--attention and --stage exclude each other: --query takes both, as BizAttention IS NOT NULL")
    if wanted.query is not None and (why := list_filter.problem(wanted.query)):
        raise UsageError(f"--query: {why}")
    server = replace(
        parsed.server,
        owner=wanted.owner if wanted.owner is not None else parsed.server.owner,
        waiting_for=operator if wanted.mine else parsed.server.waiting_for,
        where=wanted.query if wanted.query is not None else parsed.server.where,
    )
    return replace(parsed, server=server)


async def _read(gateway: Gateway, kind: WorkflowKind, chosen: RowFilter, limit: int) -> tuple[Sequence[Row], bool]:
    """Return the rows, ``limit`` at most, and whether there are more."""
    listing = Listing(gateway, kind)
    listing.choose(chosen.server)  # words are found in what is read, which ends when there are enough
    snapshot = await listing.refresh()
    while True:
        rows = chosen.rows(snapshot.rows)
        if len(rows) > limit or snapshot.complete:
            return rows[:limit], len(rows) > limit
        snapshot = await listing.load_more()


def _lines(rows: Sequence[Row], now: datetime) -> list[str]:
    """Return the rows as columns for people."""
    table = [COLUMNS, *(_cells(row, now) for row in rows)]
    widths = [max(cell_len(cells[index]) for cells in table) for index in range(len(COLUMNS))]
    return ["  ".join(map(set_cell_size, cells, widths)).rstrip() for cells in table]


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    stage = row.current_stage or row.broken or ""
    mark = " ▲" if row.needs_attention else ""
    money = format_money(row.amount, row.currency) if row.amount is not None and row.currency else ""
    return (
        plain(row.business_id),
        f"{plain(stage)}{mark}",
        money,
        plain(row.owner),
        age(row.stage_since, now),
        "" if row.closed else due(row.due_at, now),
        plain(row.title, limit=CELLS),
    )
