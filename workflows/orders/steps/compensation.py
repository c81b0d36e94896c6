"""Undoes what an order has done, the latest first."""

from collections.abc import Awaitable, Callable
from functools import partial

from temporalio.exceptions import ActivityError

from workflows.orders.steps import retrying
from workflows.orders.steps.stuck import StuckSteps
from workflows.orders.steps.tasks import wait_until

Undo = Callable[[], Awaitable[None]]
"""Runs one round of undoing one thing, and raises ``ActivityError`` if that failed."""


class Compensations:
    """What must be undone if the order does not go through.

    A compensation is registered before the step that it undoes, since the step may take effect although its answer is
    lost. So each compensation copes with a step that never happened.
    """

    def __init__(self) -> None:
        self._stack: list[Undo] = []

    def register(self, undo: Undo) -> None:
        """Remember how to undo the next step; a known ``undo`` also undoes that one."""
        if undo not in self._stack:
            self._stack.append(undo)

    async def unwind(self, stuck: StuckSteps, failing: Callable[[], None] = lambda: None) -> None:
        """Undo everything in reverse order, retrying until all of it is done; ``failing`` is called for each failure.

        One that fails does not stop the others; the failed ones are retried together after a pause, which ends early
        when an operator decides about a ``stuck`` step.
        """
        left = list(reversed(self._stack))
        between = retrying.pauses(retrying.MIN_PAUSE, retrying.MAX_PAUSE)
        while left:
            seen, failed = stuck.decisions, []
            for undo in left:
                try:
                    await undo()
                except ActivityError:
                    failed.append(undo)
                    failing()
            left = failed
            if left:
                await wait_until(partial(stuck.decided_since, seen), next(between), "pause before undoing again")
