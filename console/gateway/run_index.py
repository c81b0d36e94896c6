"""Finds the runs that are not their workflow's business item, where the list is too long to be read whole.

The server lists and counts runs, and cannot tell a run that a reset or a repeated start has superseded.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from console.gateway.gateway import Gateway
from console.gateway.query import ATTENTION, WorkflowKind
from console.gateway.rows import Row, RowKey, row_of
from workflows.shared.list_filter import quote, searchable
from workflows.shared.runs import run_rank

PAGE_SIZE = 1_000
MAX_RUNS = 20_000
"""Runs that are read, open ones and then the latest first; of older ones nobody looks for a second run."""

NEWS_INTERVAL = 5.0
"""Seconds between two calls once all runs have been read."""

LAG = timedelta(seconds=10)
"""How late a run may be listed."""

MAX_IDS = 50
DECODE_BATCH = 100
EPOCH = datetime.fromtimestamp(0, UTC)


class _Run(NamedTuple):
    """What is kept of a run, which takes less than half of what its row does: there are many."""

    run_id: str
    started_at: datetime
    is_open: bool
    failed: bool
    stage: str | None
    needs_attention: bool

    @classmethod
    def of(cls, row: Row) -> "_Run":
        """Return what is kept of a row. Stages are few, and one text each."""
        stage = row.current_stage and sys.intern(row.current_stage)
        attention = bool(row.attention or row.broken)
        return cls(row.key.run_id, row.started_at, not row.closed, row.failed, stage, attention)

    @property
    def rank(self) -> tuple[bool, bool, datetime]:
        """Sort key of the runs of one workflow: the highest is the business item."""
        return run_rank(self.started_at, is_open=self.is_open, failed=self.failed)


class RunIndex:
    """Reads all runs once, then those that have started since, one List call a step."""

    def __init__(self, gateway: Gateway, kind: WorkflowKind) -> None:
        self._gateway, self._kind = gateway, kind
        self._runs: dict[str, tuple[_Run, ...]] = {}
        self._several: dict[str, None] = {}
        self._latest = EPOCH
        self._query, self._token = kind.query, b""
        self._read = 0
        self._scanned = False
        self._stepped_at = 0.0
        self._turn = 0

    async def step(self) -> None:
        """Make one List call, if it is time and the budget allows. Raises ``CallError``."""
        now = time.monotonic()
        if self._scanned and not self._token and now < self._stepped_at + NEWS_INTERVAL:
            return
        if not self._token and self._scanned:
            self._query = self._next_query()
        page = await self._gateway.spare_page(self._query, self._token, PAGE_SIZE)
        if page is None:
            return
        self._stepped_at = now
        for number, info in enumerate(page.executions, start=1):
            self._take(row_of(info, self._kind, {}))
            if number % DECODE_BATCH == 0:
                await asyncio.sleep(0)  # give keys a turn
        self._read += len(page.executions)
        self._token = page.next_page_token if self._scanned or self._read < MAX_RUNS else b""
        self._scanned = self._scanned or not self._token

    def is_superseded(self, key: RowKey) -> bool:
        """Return whether a better run of its workflow is known."""
        return any(run.run_id == key.run_id for run in self._runs.get(key.workflow_id, ())[1:])

    def surplus(self, stage: str | None) -> int:
        """Return how many of the runs that the server counts in ``stage`` are superseded; None is all."""
        superseded = (run for workflow_id in self._several for run in self._runs[workflow_id][1:])
        if stage is None:
            return sum(1 for _ in superseded)
        if stage == ATTENTION:
            return sum(run.needs_attention for run in superseded)
        return sum(run.stage == stage for run in superseded)

    def _next_query(self) -> str:
        """Return in turn the query of new runs, and that of the workflows with several runs that may still change."""
        self._turn += 1
        unsettled = self._unsettled()
        if self._turn % 2 == 0 and unsettled:
            wanted = ", ".join(quote(workflow_id) for workflow_id in unsettled)
            return f"{self._kind.query} AND WorkflowId IN ({wanted})"
        return f"{self._kind.query} AND StartTime >= {quote((self._latest - LAG).isoformat())}"

    def _unsettled(self) -> list[str]:
        found = [
            workflow_id
            for workflow_id in self._several
            if searchable(workflow_id) and any(run.is_open for run in self._runs[workflow_id])
        ]
        start = self._turn // 2 * MAX_IDS % max(len(found), 1)
        return found[start : start + MAX_IDS]

    def _take(self, row: Row) -> None:
        workflow_id = row.key.workflow_id
        self._latest = max(self._latest, row.started_at)
        runs = [known for known in self._runs.get(workflow_id, ()) if known.run_id != row.key.run_id]
        self._runs[workflow_id] = tuple(sorted([*runs, _Run.of(row)], key=lambda run: run.rank, reverse=True))
        if runs:
            self._several[workflow_id] = None
