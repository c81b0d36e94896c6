"""Keeping from a workflow what has happened, but is not its turn yet.

A query whose worker has died is given to another one with the whole history, also with events of a workflow task that
nobody has started. The SDK lets them happen at once. When that task begins they lie behind, and whatever came meanwhile
happens apart from them; a replay finds both in one task, where signals come first, and does something else.
"""

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance

from workers.guards.instance import Guard, only_asks
from workflows.shared.errors import ASK_AGAIN


class EarlyEventsGuard(Guard):
    """Fails what is too early, so that the query fails, and the workflow is read anew by the next task."""

    def __init__(self, instance: WorkflowInstance) -> None:
        super().__init__(instance)
        self._length = 0
        self._task_began = Timestamp()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Let the workflow go on, and return what it wants done."""
        if self._is_too_early(act):
            completion = WorkflowActivationCompletion(run_id=act.run_id)
            completion.failed.failure.message = ASK_AGAIN
            return completion
        self._length, self._task_began = act.history_length, act.timestamp
        return super().activate(act)

    def _is_too_early(self, act: WorkflowActivation) -> bool:
        """Say whether there are new events without a workflow task: the time is still that of the one before.

        What ends a run in this worker's memory has no time, and what belongs to a task that goes on no new events.
        """
        grew = act.history_length > self._length > 0
        return grew and act.timestamp == self._task_began and not act.is_replaying and not only_asks(act)
