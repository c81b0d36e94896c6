"""Contexts of payloads, for data converters that depend on whose payload it is."""

from typing import Any

from temporalio.converter import DataConverter, StorageDriverStoreContext, WorkflowSerializationContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails

from workers.guard import Guard
from workers.guards import GuardingRunner


class ContextFreeRunner(GuardingRunner):
    """Does not ask a workflow for the context of each payload: for data converters that make nothing of it.

    The SDK asks for every payload of every activation, and the sandbox compiles a line of code and sets itself up for
    each answer. That was a third of a worker's CPU time.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the instance for one run."""
        return _WithoutContexts(super().create_instance(det))


class _WithoutContexts(Guard):
    def get_serialization_context(self, command_info: Any) -> None:  # noqa: ANN401 - the SDK's own type
        """Return no context: the data converter is used as it is."""

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:  # noqa: ANN401, ARG002 - as above
        """Return no context: there is no external storage."""
        return StorageDriverStoreContext(target=None)


def runner_for(converter: DataConverter) -> type[GuardingRunner]:
    """Return the runner for workers that use this data converter."""
    context = WorkflowSerializationContext(namespace="any", workflow_id="any")
    takes_contexts = converter.with_context(context) is not converter or converter.external_storage is not None
    return GuardingRunner if takes_contexts else ContextFreeRunner
