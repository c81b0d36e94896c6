"""How many workflows each stage has, when the list is too long to count its rows."""

from itertools import cycle

from console.gateway.gateway import Gateway
from console.gateway.query import ATTENTION, ServerFilter, System, filtered

CALLS_A_STEP = 3
"""Each stage is one Count call, since only ExecutionStatus can be grouped by; a few at each refresh."""


class StageCounts:
    """Counts in turn, a few calls at a time. ``total`` and ``by_stage`` hold what is known so far."""

    def __init__(self, gateway: Gateway, system: System, stages: tuple[str, ...]) -> None:
        self._gateway = gateway
        self._system = system
        self._turn = cycle([None, *stages, ATTENTION])
        self.by_stage: dict[str, int] = {}
        self.total: int | None = None

    async def step(self) -> None:
        """Make the next few counts, as many as the budget allows. Raises ``CallError``."""
        for _ in range(CALLS_A_STEP):
            stage = next(self._turn)
            count = await self._gateway.count(filtered(self._system, ServerFilter.by_stage(stage)))
            if count is None:
                return
            if stage is None:
                self.total = count
            else:
                self.by_stage[stage] = count
