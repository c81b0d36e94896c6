"""A workflow's instance that stands before another one."""

from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance
from temporalio.workflow import Info


class Guard(WorkflowInstance):
    """Lets everything through; a guard overrides :meth:`activate`."""

    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Let the workflow go on, and return what it wants done."""
        return self._instance.activate(act)

    def get_info(self) -> Info:
        """Return what the SDK knows of the run."""
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        """Return the thread that the workflow runs on, if it does."""
        return self._instance.get_thread_id()

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:  # noqa: ANN401 - its type is the SDK's own
        """Return the context of a payload."""
        return self._instance.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:  # noqa: ANN401 - as above
        """Return the context of a payload that is kept elsewhere."""
        return self._instance.get_external_store_context(command_info)


def only_asks(activation: WorkflowActivation) -> bool:
    """Say whether an activation brings queries, and nothing else."""
    return bool(activation.jobs) and all(job.HasField("query_workflow") for job in activation.jobs)
