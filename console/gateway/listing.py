"""The rows of one tab, one for each workflow: pages read by one List call each, in the server's order."""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from console.gateway.answers import LatestAnswers
from console.gateway.decoding import RowDecoder
from console.gateway.gateway import Gateway
from console.gateway.query import ServerFilter, WorkflowKind, filtered, naming
from console.gateway.rows import Row, RowKey
from console.gateway.run_index import RunIndex
from workflows.shared.summary import Summary

MAX_ANSWER_AGE = 4.0
"""Seconds after which a row is queried again where there are no search attributes."""


SEARCH_PAGE = 1_000
MAX_SEARCHED = 20_000
"""Rows that are read to find words in them, which the server cannot do."""

WORDS_AGAIN = 4
"""One refresh in so many asks the server again for IDs and owners that are the words."""


@dataclass(frozen=True)
class ListSnapshot:
    """The rows at one moment; ``complete`` when no further page exists.

    ``searched`` rows were read in turn for ``words``; rows behind them are there only if the server found them.
    """

    rows: tuple[Row, ...]
    complete: bool
    chosen: ServerFilter
    words: tuple[str, ...] = ()
    searched: int = 0


@dataclass
class _Page:
    token: bytes
    size: int | None = None
    """Rows to ask for, if not the usual number."""
    rows: list[Row] = field(default_factory=list)
    next_token: bytes = b""


class Listing:
    """Reads the rows of one system. One refresh is one List call, however many pages are loaded."""

    def __init__(self, gateway: Gateway, kind: WorkflowKind, index: RunIndex | None = None) -> None:
        self._gateway = gateway
        self._kind = kind
        self._index = index or RunIndex(gateway, kind)
        self._chosen = ServerFilter()
        self._words: tuple[str, ...] = ()
        self._scans = False
        self._found: list[Row] = []
        self._find_due = False
        self._pages = [_Page(token=b"")]
        self._decoder = RowDecoder(gateway, lambda _: kind)
        self._answers = LatestAnswers()
        self._asked: dict[RowKey, float] = {}
        self._turn = 0

    def choose(self, chosen: ServerFilter, words: tuple[str, ...] = (), *, scan: bool = False) -> None:
        """Filter by ``chosen`` from the next refresh on, from its first page.

        With ``scan`` all rows are to be read, a page at a time; the server is asked at once for ``words`` that begin an
        ID or are an owner.
        """
        if chosen != self._chosen or (self._scans and not scan):
            self._pages = [_Page(token=b"")]
        if words != self._words:
            self._found = []
        self._find_due = bool(words) and words != self._words
        self._chosen, self._words, self._scans = chosen, words, scan

    def read_on(self) -> None:
        """Read all rows that match, until another filter is chosen."""
        self._scans = True

    @property
    def searches(self) -> bool:
        """Whether rows are still to be read to be searched."""
        return self._scans and bool(self._pages[-1].next_token) and self._loaded < MAX_SEARCHED

    @property
    def _loaded(self) -> int:
        return sum(len(page.rows) for page in self._pages)

    async def refresh(self, looking_at: RowKey | None = None) -> ListSnapshot:
        """Read one page again: in turn the first one, where new rows appear, and the one with ``looking_at``.

        Raises:
            CallError: the server refused the query or did not answer.
        """
        self._turn += 1
        if self._find_due or (self._words and self._turn % WORDS_AGAIN == 0 and not self.searches):
            await self._find()
        else:
            await self._read(0 if self._turn % 2 else self._page_of(looking_at))
        return self.snapshot()

    async def search_on(self) -> ListSnapshot | None:
        """Read the next page to be searched; None if the call budget is used up for now. Raises ``CallError``."""
        if not self._gateway.budget.left:
            return None
        await self._read_after_last(SEARCH_PAGE)
        return self.snapshot()

    async def load_more(self) -> ListSnapshot:
        """Read the page after the last one, if there is one. Raises ``CallError``."""
        if self._pages[-1].next_token:
            await self._read_after_last()
        return self.snapshot()

    def answered(self, key: RowKey, summary: Summary) -> None:
        """Show the workflow's own answer until the list has caught up."""
        listed = next((row for row in self._listed() if row.key == key), None)
        self._answers.put(key, summary, listed)

    def asked(self, row: Row, *, answered: bool) -> None:
        """Note that a workflow was queried, so that others get their turn; a closed one is not queried again."""
        self._asked[row.key] = math.inf if answered and row.closed else time.monotonic()

    def least_known(self, rows: Iterable[Row]) -> list[Row]:
        """Return those of ``rows`` that must be queried again, the least recently queried first."""
        asked = [(self._asked.get(row.key, -math.inf), row) for row in rows]
        due = [pair for pair in asked if time.monotonic() - pair[0] > MAX_ANSWER_AGE]
        return [row for _, row in sorted(due, key=lambda pair: pair[0])]

    def snapshot(self) -> ListSnapshot:
        """Return the rows as known now."""
        rows = [self._answers.latest(row, self._kind) for row in self._listed()]
        complete = not self._pages[-1].next_token
        if complete and len(self._pages) == 1:
            rows.sort(key=lambda row: row.started_at, reverse=True)
        return ListSnapshot(tuple(rows), complete, self._chosen, self._words, self._loaded)

    async def _find(self) -> None:
        """Ask the server for the words as beginnings of IDs, or owners."""
        chosen, words, self._find_due = self._chosen, self._words, False
        if self._gateway.without_attributes:
            return
        raw = await self._gateway.list_page(f"{filtered(self._kind, chosen)} AND {naming(self._kind, words)}")
        rows = await self._decoder.decode(raw.executions)
        if (chosen, words) == (self._chosen, self._words):
            self._found = rows
            self._forget_gone()

    async def _read_after_last(self, size: int | None = None) -> None:
        pages = self._pages
        page = _Page(token=pages[-1].next_token, size=size)
        pages.append(page)
        try:
            await self._read(len(pages) - 1)
        except BaseException:
            pages.remove(page)  # without its rows it would pass for the end of the list
            raise

    async def _read(self, index: int) -> None:
        page, chosen = self._pages[index], self._chosen
        raw = await self._gateway.list_page(filtered(self._kind, chosen), page.token, page.size)
        rows = await self._decoder.decode(raw.executions)
        if chosen != self._chosen or index >= len(self._pages):
            return
        pushed_off = _pushed_off(page.rows, rows) if raw.next_page_token else []
        self._pages[index] = replace(page, rows=rows, next_token=raw.next_page_token)
        if not raw.next_page_token:
            del self._pages[index + 1 :]
        elif index + 1 < len(self._pages):
            after = self._pages[index + 1]
            self._pages[index + 1] = replace(after, token=raw.next_page_token, rows=pushed_off + after.rows)
        self._forget_gone()

    def _listed(self) -> Iterator[Row]:
        """Yield the rows, one for each workflow: that of the run which counts."""
        best: dict[str, Row] = {}
        for row in self._read_rows():
            known = best.setdefault(row.key.workflow_id, row)
            if known.key != row.key and row.rank > known.rank:
                best[row.key.workflow_id] = row
        for row in self._read_rows():
            if best.get(row.key.workflow_id) is row:
                del best[row.key.workflow_id]
                if not self._index.is_superseded(row.key):
                    yield row

    def _read_rows(self) -> Iterator[Row]:
        for page in self._pages:
            yield from page.rows
        yield from self._found

    def _page_of(self, key: RowKey | None) -> int:
        return next(
            (index for index, page in enumerate(self._pages) if any(row.key == key for row in page.rows)),
            0,
        )

    def _forget_gone(self) -> None:
        present = {row.key for row in self._read_rows()}
        self._decoder.keep(present)
        self._answers.keep(present)
        for key in self._asked.keys() - present:
            del self._asked[key]


def _pushed_off(before: list[Row], now: list[Row]) -> list[Row]:
    """Return the rows that newer ones pushed from the end of a page onto the next one."""
    if not now:
        return []
    still, last = {row.key for row in now}, now[-1].order
    return [row for row in before if row.key not in still and row.order < last]
