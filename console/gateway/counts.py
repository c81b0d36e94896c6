"""The number of workflows in each stage, when the list is too long to count its rows."""

from itertools import cycle

from console.gateway.gateway import Gateway
from console.gateway.query import ATTENTION, ServerFilter, WorkflowKind, filtered

CALLS_PER_STEP = 3
"""Count calls of one refresh. The server groups by ExecutionStatus only, so each stage is one call."""


class StageCounts:
    """Counts the stages in turn. ``total`` and ``by_stage`` hold what is known so far."""

    def __init__(self, gateway: Gateway, kind: WorkflowKind, stages: tuple[str, ...]) -> None:
        self._gateway = gateway
        self._kind = kind
        self._turn = cycle([None, *stages, ATTENTION])
        self.by_stage: dict[str, int] = {}
        self.total: int | None = None

    async def step(self) -> None:
        """Make the next few counts, as many as the budget allows. Raises ``CallError``."""
        for _ in range(CALLS_PER_STEP):
            stage = next(self._turn)
            count = await self._gateway.count(filtered(self._kind, ServerFilter(stage)))
            if count is None:
                return
            if stage is None:
                self.total = count
            else:
                self.by_stage[stage] = count
