"""The number of workflows in each stage, when the list is too long to count its rows."""

import time
from itertools import cycle

from console.gateway.gateway import Gateway
from console.gateway.query import ATTENTION, ServerFilter, WorkflowKind, filtered
from console.gateway.run_index import RunIndex

CALLS_PER_STEP = 3
"""Count calls of one refresh. The server groups by ExecutionStatus only, so each stage is one call."""


class StageCounts:
    """Counts the stages in turn. ``total`` and ``by_stage`` hold what is known so far, each workflow once."""

    def __init__(self, gateway: Gateway, kind: WorkflowKind, stages: tuple[str, ...], index: RunIndex) -> None:
        self._gateway = gateway
        self._kind = kind
        self._index = index
        self._turn = cycle([None, *stages, ATTENTION])
        self._runs: dict[str | None, int] = {}
        self._counted_at: dict[str | None, float] = {}
        self._chosen: tuple[ServerFilter, int] | None = None

    @property
    def by_stage(self) -> dict[str, int]:
        """The number of workflows by stage."""
        return {stage: self._without_surplus(stage) for stage in self._runs if stage is not None}

    @property
    def total(self) -> int | None:
        """The number of all workflows."""
        return self._without_surplus(None) if None in self._runs else None

    @property
    def age(self) -> float | None:
        """Seconds since the oldest of the counts, None before the first."""
        return time.monotonic() - min(self._counted_at.values()) if self._counted_at else None

    def _without_surplus(self, stage: str | None) -> int:
        return max(self._runs[stage] - self._index.surplus(stage), 0)

    def matching(self, chosen: ServerFilter) -> int | None:
        """Return how many runs match ``chosen``, superseded ones included; None while unknown."""
        return self._chosen[1] if self._chosen is not None and self._chosen[0] == chosen else None

    @property
    def has_surplus(self) -> bool:
        """Whether some workflows are known to have more than one run."""
        return self._index.surplus(None) > 0

    async def count_chosen(self, chosen: ServerFilter) -> None:
        """Count what matches a filter that is more than a stage, if the budget allows. Raises ``CallError``."""
        if chosen == ServerFilter(chosen.stage):
            return
        count = await self._gateway.count(filtered(self._kind, chosen))
        if count is not None:
            self._chosen = chosen, count

    async def count_all(self) -> int | None:
        """Count all workflows, if the budget allows; return the number, None while unknown. Raises ``CallError``."""
        await self._index.step()
        await self._count(None)
        return self.total

    async def step(self) -> None:
        """Make the next few counts, as many as the budget allows. Raises ``CallError``."""
        for _ in range(CALLS_PER_STEP):
            if not await self._count(next(self._turn)):
                return

    async def _count(self, stage: str | None) -> bool:
        count = await self._gateway.count(filtered(self._kind, ServerFilter(stage)))
        if count is not None:
            self._runs[stage] = count
            self._counted_at[stage] = time.monotonic()
        return count is not None
