"""Workarounds for three SDK bugs, seen in temporalio 1.35.0. No upstream report was found for any.

Each can go when its test in ``tests/workers`` passes with ``SandboxedWorkflowRunner`` in place of ``GuardingRunner``:
``test_bad_starts.py`` for :class:`BadStartGuard`, ``test_early_events.py`` for :class:`EarlyEventsGuard`,
``test_resets.py`` for :class:`ResetGuard`.
"""

from collections.abc import MutableMapping
from typing import cast

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from workers.guard import Guard, evicts, has_only_queries, with_jobs
from workers.identity_guard import IdentityGuard
from workers.payload_guard import PayloadGuard
from workflows.shared.resets import RESET_HEADER


class GuardingRunner(SandboxedWorkflowRunner):
    """Runs each workflow in the sandbox, behind the guards."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the instance for one run."""
        return guarded(super().create_instance(det), det.defn.cls)


def guarded(instance: WorkflowInstance, workflow: type) -> WorkflowInstance:
    """Put one run of a workflow class behind the guards."""
    return EarlyEventsGuard(BadStartGuard(ResetGuard(IdentityGuard(PayloadGuard(instance), workflow))))


class ResetGuard(Guard):
    """Tells a workflow of a reset before it does anything else: see `workflows.shared.resets`.

    A reset shows as a new random seed. The SDK applies it after the signals and updates that the reset reapplies, and,
    at the first workflow task, before there is a workflow that could hear of it.
    """

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Run the seed's job alone and then the others, as one activation."""
        seeds = [job for job in act.jobs if job.HasField("update_random_seed")]
        others = [job for job in act.jobs if not job.HasField("update_random_seed")]
        if seeds and any(job.HasField("initialize_workflow") for job in others):
            # The workflow does not exist yet: its constructor reads the header.
            cast("MutableMapping[str, Payload]", self.get_info().headers)[RESET_HEADER] = Payload()
            return super().activate(act)
        if not seeds or not any(job.HasField("signal_workflow") or job.HasField("do_update") for job in others):
            return super().activate(act)
        first = super().activate(with_jobs(act, seeds))
        if first.HasField("failed"):
            return first
        completion = super().activate(with_jobs(act, others))
        if completion.HasField("successful"):
            completion.successful.used_internal_flags.extend(first.successful.used_internal_flags)
            commands = [*first.successful.commands, *completion.successful.commands]
            del completion.successful.commands[:]
            completion.successful.commands.extend(commands)
        return completion


class BadStartGuard(Guard):
    """Answers queries of a workflow whose constructor failed with the reason of the failure.

    The SDK has no workflow object then, and calls the constructor again for each query. Its error fails the workflow
    task, which is retried for as long as anybody asks.
    """

    def __init__(self, instance: WorkflowInstance) -> None:
        super().__init__(instance)
        self._failure = ""

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Run the activation; answer its queries if the workflow cannot."""
        completion = super().activate(act)
        if has_only_queries(act) and not _has_only_answers(completion):
            return self._answer(act)
        for command in completion.successful.commands:
            if command.HasField("fail_workflow_execution"):
                self._failure = command.fail_workflow_execution.failure.message
        return completion

    def _answer(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        completion = WorkflowActivationCompletion(run_id=act.run_id)
        for job in act.jobs:
            answer = completion.successful.commands.add().respond_to_query
            answer.query_id = job.query_workflow.query_id
            answer.failed.message = f"the workflow failed as it began: {self._failure}"
            answer.failed.application_failure_info.SetInParent()
        return completion


class EarlyEventsGuard(Guard):
    """Lets a workflow task read the workflow anew after a query applied events of a task that nobody had started yet.

    When a worker has died, its query goes to another worker with the whole history, such events included. The SDK
    applies them at once, and later ones with the task. A replay of the task finds all of them together, runs signals
    first, and diverges. So the query is answered, and the next task of that instance fails once: its retry begins
    with the history alone. A workflow that was terminated meanwhile has no next task, and goes on answering.
    """

    def __init__(self, instance: WorkflowInstance) -> None:
        super().__init__(instance)
        self._length = 0
        self._task_began = Timestamp()
        self._applied_early = False

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Run the activation, or fail it if earlier ones came too early."""
        if self._applied_early and not has_only_queries(act) and not evicts(act):
            completion = WorkflowActivationCompletion(run_id=act.run_id)
            completion.failed.failure.message = "a query of a killed worker read ahead; the task starts again"
            return completion
        self._applied_early |= self._is_early(act)
        self._length, self._task_began = act.history_length, act.timestamp
        return super().activate(act)

    def _is_early(self, act: WorkflowActivation) -> bool:
        """Return whether there are new events without a new workflow task, so with the time stamp of the one before.

        Evictions carry no time stamp; a continued task carries no new events.
        """
        grew = act.history_length > self._length > 0
        return grew and act.timestamp == self._task_began and not act.is_replaying and not has_only_queries(act)


def _has_only_answers(completion: WorkflowActivationCompletion) -> bool:
    return not completion.HasField("failed") and all(
        command.HasField("respond_to_query") for command in completion.successful.commands
    )
