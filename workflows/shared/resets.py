"""Tells a workflow that its run continues after a reset: what came after the reset point may be lost."""

from temporalio import workflow


class ResetWatch:
    """Counts the resets since the store was read last.

    A reset gives the run a new random seed, at the same place in every replay and before the events that follow. A
    reset to the first workflow task is not counted: there the workflow reads the store anyway.
    """

    def __init__(self) -> None:
        self.pending = False
        """Whether the store must be read again before anything is decided."""
        workflow.register_random_seed_callback(self._reset)

    def settle(self) -> None:
        """Note that the store was read."""
        self.pending = False

    def _reset(self, _seed: int) -> None:
        self.pending = True
