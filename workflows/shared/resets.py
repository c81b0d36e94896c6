"""Tells a workflow that its run continues after a reset: what came after the reset point may be lost."""

import asyncio

from temporalio import workflow

RESET_HEADER = "reset-to-first-task"
"""Header that the workers' `ResetGuard` gives a workflow which begins anew because of a reset."""


class ResetWatch:
    """Counts resets, and those after which the store was read.

    A reset gives the run a new random seed, at the same place in every replay and before the events that follow.
    """

    def __init__(self) -> None:
        self.count = int(RESET_HEADER in workflow.info().headers)
        """Note it before the store is asked: another reset may come before the answer."""
        self._settled = 0
        self._loop = asyncio.get_running_loop()
        workflow.register_random_seed_callback(self._reset)

    @property
    def pending(self) -> bool:
        """Whether the store must be read before anything is decided."""
        return self.count > self._settled

    def settle(self, count: int) -> None:
        """Note that the store was asked after that many resets."""
        self._settled = max(self._settled, count)

    def doubt(self) -> None:
        """Let the store be read before anything is decided, as after a reset: it has what this run does not know."""
        self.count += 1

    def _reset(self, _seed: int) -> None:
        self.count += 1
        # Conditions are looked at after a callback only, and a reset may come with no other event.
        self._loop.call_soon(lambda: None)
