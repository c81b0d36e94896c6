"""The state of a list: the latest snapshots, the filter, and the counts that follow from both."""

from collections import Counter
from collections.abc import Mapping, Sequence

from console.gateway.counts import StageCounts
from console.gateway.listing import MAX_SEARCHED, ListSnapshot
from console.gateway.query import ATTENTION, ServerFilter
from console.gateway.rows import Row
from console.listing.arrangement import Arrangement
from console.listing.filtering import RowFilter
from console.model import Column


class ListState:
    """Keeps the latest snapshot of one list, and the latest one without a server filter.

    With ``yours_first`` the loaded rows that wait for the operator come before the others.
    """

    def __init__(
        self, counts: StageCounts, operator: str, columns: Sequence[Column] = (), *, yours_first: bool = False
    ) -> None:
        self._counts, self._yours_first = counts, yours_first
        self.operator = operator
        self._latest: ListSnapshot | None = None
        self._everything: ListSnapshot | None = None
        self.filter = RowFilter()
        self._columns = columns
        self.arrangement = Arrangement()
        self._refused: tuple[str, str] | None = None

    def take(self, snapshot: ListSnapshot) -> None:
        """Keep a new snapshot."""
        self._latest = snapshot
        self._refused = None
        if snapshot.chosen == ServerFilter():
            self._everything = snapshot

    def refuse(self, reason: str) -> bool:
        """Keep why the server refused the list filter; return whether there is one that it may have refused."""
        where = self.filter.server.where
        if where is not None:
            self._refused = where, reason
        return where is not None

    @property
    def refusal(self) -> str:
        """Why the server refused the list filter, empty if it did not."""
        refused = self._refused
        return refused[1] if refused is not None and refused[0] == self.filter.server.where else ""

    @property
    def rows(self) -> list[Row] | None:
        """The rows that pass the filter, None before the server has answered a list filter or the first read."""
        if self.filter.problem or self.refusal:
            return []
        if self._latest is None or self._latest.chosen.where != self.filter.server.where:
            return None
        rows = self.filter.rows(self._latest.rows)
        if self.arrangement.oldest_first:
            rows.sort(key=lambda row: row.started_at)
        if self.arrangement.sort:
            return self.arrangement.sorted(rows, self._columns)
        return sorted(rows, key=lambda row: not self._is_yours(row)) if self._yours_first else rows

    def _is_yours(self, row: Row) -> bool:
        return row.waits_for(self.operator)

    @property
    def _all_rows(self) -> tuple[Row, ...] | None:
        """The rows of all workflows, None while some have not been read: then the server must filter and count."""
        everything = self._everything
        if self.filter.server.where is not None or self._latest is None or self._latest.chosen.where is not None:
            return None  # the latest of everything is not read again while the server filters
        return everything.rows if everything is not None and everything.complete else None

    @property
    def server_filter(self) -> ServerFilter:
        """The filter for the server."""
        return self.filter.server if self._all_rows is None else ServerFilter()

    @property
    def total(self) -> int | None:
        """The number of workflows; None while unknown."""
        return self._counts.total if self._all_rows is None else len(self._all_rows)

    @property
    def by_stage(self) -> Mapping[str, int]:
        """The number of workflows in each stage, as far as known."""
        if self._all_rows is None:
            return self._counts.by_stage
        counts = Counter(row.current_stage or "" for row in self._all_rows)
        counts[ATTENTION] = sum(row.needs_attention for row in self._all_rows)
        return counts

    @property
    def counted_words(self) -> str:
        """How old the counts are, empty where they are those of the rows."""
        age = None if self._all_rows is not None else self._counts.age
        return "" if age is None else f"counts up to {age:.0f} s old"

    @property
    def for_operator(self) -> int | None:
        """The number of workflows that wait for the operator; None while unknown."""
        if self._all_rows is None:
            return None
        return sum(map(self._is_yours, self._all_rows))

    @property
    def reads_all(self) -> bool:
        """Whether further rows must be read, to be searched or to find the oldest."""
        wanted = self.filter.reads_all or self.arrangement.oldest_first
        return self._all_rows is None and wanted and not self.filter.problem

    @property
    def searched(self) -> int | None:
        """How many rows were searched, None if the filter has been applied to all."""
        latest = self._latest
        if self._all_rows is not None or latest is None:
            return None
        current = latest.chosen == self.filter.server and latest.words == self.filter.words
        return None if current and latest.complete else latest.searched if current else 0

    def extent(self, shown: int) -> str:
        """Return the extent of the list, such as ``1-200 of 1,280 · newest first``."""
        searched = self.searched
        if self.filter.problem:
            return "not a filter"
        if self.refusal:
            return "the server does not take this list filter"
        if self.filter.reads_all and searched is not None:
            return f"{shown:,} found · {self.searched_words}"
        total = self.matching
        of = "" if total is None else f" of {self._bound}{total:,}"
        return f"1-{shown:,}{of} · {self._order_words(shown)}" if shown else f"0{of}"

    def _order_words(self, shown: int) -> str:
        if self.arrangement.sort:
            return self.arrangement.sort_words + (f", of the {shown:,} loaded" if self.more else "")
        order = "open first, newest first" if self.more else "newest first"
        if self.arrangement.oldest_first:
            order = "oldest first" + (f", of the {shown:,} loaded" if self.more else "")
        return f"yours first, {order}" if self._yours_first else order

    @property
    def searches(self) -> bool:
        """Whether further rows are being searched."""
        latest = self._latest
        return latest is None or latest.words != self.filter.words or latest.searched < MAX_SEARCHED

    @property
    def searched_words(self) -> str:
        """How much has been searched so far, in words."""
        total = self.total if self.filter.server == ServerFilter() else None
        of = "" if total is None else f" of {total:,}"
        return f"{self.searched or 0:,}{of} searched"

    @property
    def more(self) -> bool:
        """Whether the server has further pages."""
        return self._latest is not None and not self._latest.complete

    @property
    def _bound(self) -> str:
        """What stands before the number of all that match: runs may have been counted that are not listed."""
        if self._all_rows is not None:
            return "" if self.filter.empty else "all "
        more_than_stage = self.filter.server != ServerFilter(self.filter.server.stage)
        return "up to " if more_than_stage and self._counts.has_surplus else ""

    @property
    def matching(self) -> int | None:
        """The number of all that match the filter, None while unknown."""
        stage = self.filter.server.stage
        if self._all_rows is None and self.filter != RowFilter(ServerFilter(stage)):
            return None if self.filter.reads_all else self._counts.matching(self.filter.server)
        return self.total if self._all_rows is not None or stage is None else self._counts.by_stage.get(stage)
