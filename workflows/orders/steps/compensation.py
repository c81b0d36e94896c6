"""Undoes what an order has done, the latest first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from temporalio.exceptions import ActivityError

from workflows.orders.steps import retrying
from workflows.orders.steps.stuck import StuckSteps
from workflows.orders.steps.tasks import wait_until
from workflows.orders.views.attention import Attention


@dataclass(frozen=True)
class Compensation:
    """One thing to undo; ``undo`` runs one round and raises ``ActivityError`` if it failed."""

    attention: Attention
    """What an operator is told if it fails."""
    undo: Callable[[], Awaitable[None]]


class Compensations:
    """What must be undone if the order does not go through.

    A compensation is registered before the step that it undoes, since the step may take effect although its answer is
    lost. So each compensation copes with a step that never happened.
    """

    def __init__(self) -> None:
        self._stack: list[Compensation] = []

    def register(self, attention: Attention, undo: Callable[[], Awaitable[None]]) -> None:
        """Remember how to undo the next step."""
        self._stack.append(Compensation(attention, undo))

    async def unwind(self, stuck: StuckSteps, failing: Callable[[set[Attention]], None] = lambda _: None) -> None:
        """Undo everything in reverse order, retrying until all of it is done.

        One that fails does not stop the others; the failed ones are retried together after a pause, which ends early
        when an operator decides about a ``stuck`` step. After each attempt ``failing`` is called with the attention
        codes of all that failed in their latest one.
        """
        left = list(reversed(self._stack))
        failed: list[Compensation] = []
        between = retrying.pauses(retrying.MIN_PAUSE, retrying.MAX_PAUSE)
        while left:
            seen = stuck.decisions
            for compensation in left:
                failed = [other for other in failed if other != compensation]
                if not await _succeeds(compensation):
                    failed.append(compensation)
                failing({other.attention for other in failed})
            left = list(failed)
            if left:
                await wait_until(partial(stuck.decided_since, seen), next(between), "pause before undoing again")


async def _succeeds(compensation: Compensation) -> bool:
    try:
        await compensation.undo()
    except ActivityError:
        return False
    return True
