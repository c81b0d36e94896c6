"""Base of what stands between the SDK's worker and its workflow instances."""

from collections.abc import Sequence
from typing import Any

from temporalio.api.failure.v1 import Failure
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance
from temporalio.workflow import Info


class Guard(WorkflowInstance):
    """Delegates to another instance; a guard overrides :meth:`activate`."""

    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Run the activation."""
        return self._instance.activate(act)

    def get_info(self) -> Info:
        """Return what the workflow knows of its run."""
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        """Return the thread that runs an activation."""
        return self._instance.get_thread_id()

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:  # noqa: ANN401 - the SDK's own type
        """Return the context of a command's payloads."""
        return self._instance.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:  # noqa: ANN401 - as above
        """Return the context of a command's stored payloads."""
        return self._instance.get_external_store_context(command_info)


def has_only_queries(act: WorkflowActivation) -> bool:
    """Return whether nothing but queries is in an activation."""
    return bool(act.jobs) and all(job.HasField("query_workflow") for job in act.jobs)


def evicts(act: WorkflowActivation) -> bool:
    """Return whether the activation puts the run out of memory."""
    return any(job.HasField("remove_from_cache") for job in act.jobs)


def with_jobs(act: WorkflowActivation, jobs: Sequence[WorkflowActivationJob]) -> WorkflowActivation:
    """Return the activation with these jobs instead of its own."""
    part = WorkflowActivation()
    part.CopyFrom(act)
    del part.jobs[:]
    part.jobs.extend(jobs)
    return part


def failure_of(kind: str, words: str) -> Failure:
    """Return a refusal of that kind."""
    failure = Failure(message=words)
    failure.application_failure_info.type = kind
    failure.application_failure_info.non_retryable = True
    return failure


def failed_workflow(act: WorkflowActivation, kind: str, words: str) -> WorkflowActivationCompletion:
    """Return the completion that fails the workflow at once."""
    completion = WorkflowActivationCompletion(run_id=act.run_id)
    completion.successful.commands.add().fail_workflow_execution.failure.CopyFrom(failure_of(kind, words))
    return completion


def failed_task(act: WorkflowActivation, words: str) -> WorkflowActivationCompletion:
    """Return the completion that fails the task, which is tried again."""
    completion = WorkflowActivationCompletion(run_id=act.run_id)
    completion.failed.failure.message = words
    return completion
