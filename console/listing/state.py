"""The state of a list: the latest snapshots, the filter, and the counts that follow from both."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from console.gateway.counts import StageCounts
from console.gateway.listing import ListSnapshot
from console.gateway.query import ATTENTION, ServerFilter
from console.gateway.rows import Row
from console.listing.filtering import RowFilter, needs_attention


@dataclass(frozen=True)
class Shown:
    """The rows to show; ``anew`` when the filter has changed."""

    rows: list[Row]
    anew: bool


class ListState:
    """Keeps the latest snapshot of one list, and the latest one without a server filter."""

    def __init__(self, counts: StageCounts, operator: str) -> None:
        self._counts = counts
        self._operator = operator
        self._latest: ListSnapshot | None = None
        self._everything: ListSnapshot | None = None
        self._shown_filter: RowFilter | None = None
        self.filter = RowFilter()

    def take(self, snapshot: ListSnapshot) -> None:
        """Keep a new snapshot."""
        self._latest = snapshot
        if snapshot.chosen == ServerFilter():
            self._everything = snapshot

    @property
    def loaded_all(self) -> bool:
        """Whether all workflows have been read, so that filtering needs no server."""
        return self._everything is not None and self._everything.complete

    @property
    def server_filter(self) -> ServerFilter:
        """The filter for the server."""
        return ServerFilter() if self.loaded_all else self.filter.server

    def show(self) -> Shown | None:
        """Return the rows to show now, None before the first read."""
        if self._latest is None:
            return None
        anew = self.filter != self._shown_filter
        self._shown_filter = self.filter
        return Shown(self.filter.rows(self._latest.rows), anew)

    @property
    def total(self) -> int | None:
        """The number of workflows; None while unknown."""
        return len(self._everything.rows) if self._everything is not None and self.loaded_all else self._counts.total

    @property
    def by_stage(self) -> Mapping[str, int]:
        """The number of workflows in each stage, as far as known."""
        if self._everything is None or not self._everything.complete:
            return self._counts.by_stage
        counts = Counter(row.stage or "" for row in self._everything.rows)
        counts[ATTENTION] = sum(map(needs_attention, self._everything.rows))
        return counts

    @property
    def for_operator(self) -> int | None:
        """The number of workflows that wait for the operator; None while unknown."""
        if self._everything is None or not self._everything.complete:
            return None
        return sum(self._operator in row.waiting_for for row in self._everything.rows if not row.closed)

    def extent(self, shown: int) -> str:
        """Return the extent of the list, such as ``1-200 of 1,280 · newest first``."""
        total = self._matching()
        of = "" if total is None else f" of {total:,}"
        order = "newest first" if self._latest is None or self._latest.complete else "open first, newest first"
        return f"1-{shown:,}{of} · {order}" if shown else f"0{of}"

    @property
    def more(self) -> bool:
        """Whether the server has further pages."""
        return self._latest is not None and not self._latest.complete

    def _matching(self) -> int | None:
        if self.loaded_all:
            return self.total
        stage = self.filter.server.chosen_stage
        if self.filter != RowFilter(ServerFilter.by_stage(stage)):
            return None
        return self.total if stage is None else self._counts.by_stage.get(stage)
