"""Answering queries about a workflow that failed as it began, because of its input.

Such a workflow was never made, so that the SDK tries to make it once more for a query that came with its first task;
what that raises fails the task, and each that follows it for as long as anybody asks.
"""

from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info


class AnsweringRunner(SandboxedWorkflowRunner):
    """The sandbox; in it a workflow that failed as it began answers every query with why."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the instance for one run."""
        return _AnsweringInstance(super().create_instance(det))


class _AnsweringInstance(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance
        self._failure = ""

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        completion = self._instance.activate(act)
        if _only_asks(act) and not _only_answers(completion):
            return _refusals(act, self._failure)
        for command in completion.successful.commands:
            if command.HasField("fail_workflow_execution"):
                self._failure = command.fail_workflow_execution.failure.message
        return completion

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:  # noqa: ANN401 - its type is the SDK's own
        return self._instance.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:  # noqa: ANN401 - as above
        return self._instance.get_external_store_context(command_info)


def _only_asks(activation: WorkflowActivation) -> bool:
    return bool(activation.jobs) and all(job.HasField("query_workflow") for job in activation.jobs)


def _only_answers(completion: WorkflowActivationCompletion) -> bool:
    return not completion.HasField("failed") and all(
        command.HasField("respond_to_query") for command in completion.successful.commands
    )


def _refusals(activation: WorkflowActivation, why: str) -> WorkflowActivationCompletion:
    completion = WorkflowActivationCompletion(run_id=activation.run_id)
    for job in activation.jobs:
        answer = completion.successful.commands.add().respond_to_query
        answer.query_id = job.query_workflow.query_id
        answer.failed.message = f"the workflow failed as it began: {why}"
        answer.failed.application_failure_info.SetInParent()
    return completion
