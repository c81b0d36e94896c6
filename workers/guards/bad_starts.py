"""Answering queries about a workflow that failed as it began, because of its input.

Such a workflow was never made, so that the SDK tries to make it once more for a query that came with its first task;
what that raises fails the task, and each that follows it for as long as anybody asks.
"""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance

from workers.guards.instance import Guard, only_asks


class BadStartGuard(Guard):
    """Has a workflow that failed as it began answer every query with why."""

    def __init__(self, instance: WorkflowInstance) -> None:
        super().__init__(instance)
        self._failure = ""

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Let the workflow go on, and return what it wants done, or answers."""
        completion = super().activate(act)
        if only_asks(act) and not _only_answers(completion):
            return _refusals(act, self._failure)
        for command in completion.successful.commands:
            if command.HasField("fail_workflow_execution"):
                self._failure = command.fail_workflow_execution.failure.message
        return completion


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
