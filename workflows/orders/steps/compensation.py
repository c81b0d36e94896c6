"""Undoing what an order has done, the last thing first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from temporalio.exceptions import ActivityError

from workflows.orders.steps.retrying import pauses, wait_until
from workflows.orders.steps.stuck import StuckSteps
from workflows.orders.views.attention import Attention


@dataclass(frozen=True)
class Compensation:
    """One thing to undo: one round of trying, which raises ``ActivityError`` when it failed."""

    attention: Attention
    """What an operator is told when it fails."""
    undo: Callable[[], Awaitable[None]]


class Compensations:
    """What must be undone if the order does not go through.

    A compensation is registered before the step it undoes, since the step may have happened although its answer was
    lost; so each must cope with a step that never happened.
    """

    def __init__(self) -> None:
        self._stack: list[Compensation] = []

    def register(self, compensation: Compensation) -> None:
        """Remember how to undo what comes next."""
        self._stack.append(compensation)

    async def unwind(
        self, stuck: StuckSteps, *, failed: Callable[[Compensation], None], done: Callable[[Compensation], None]
    ) -> None:
        """Undo everything in reverse order, for as long as it takes.

        One that fails does not stop the others; those that failed are tried again together after a pause, which ends
        early when somebody decides about a step that is ``stuck``. ``done`` tells of one that is undone, unless another
        one still fails for which an operator is told the same.
        """
        left = list(reversed(self._stack))
        failing: list[Compensation] = []
        pause = pauses()
        while left:
            seen = stuck.decisions
            trying, left = left, []
            for compensation in trying:
                failing = [other for other in failing if other != compensation]
                if not await _undone(compensation):
                    failing.append(compensation)
                    left.append(compensation)
                    failed(compensation)
                elif all(other.attention != compensation.attention for other in failing):
                    done(compensation)
            if left:
                await wait_until(partial(stuck.decided_since, seen), next(pause), "pause before undoing again")


async def _undone(compensation: Compensation) -> bool:
    try:
        await compensation.undo()
    except ActivityError:
        return False
    return True
