"""Inputs that workers cannot decode: their encoding is missing or unknown, or they have no codec for it.

Without it the SDK fails the workflow task of such a start for ever, whatever its encoding. A signal with an unknown
encoding is left to the workflow, which refuses it: see `workflows.shared.signals`.
"""

from collections.abc import Iterable

from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance

from workers.guard import Guard, evicts, failed_task, failed_workflow, failure_of, with_jobs
from workflows.shared.payloads import ENCRYPTED, why_unreadable
from workflows.shared.refusals import INVALID_REQUEST


class PayloadGuard(Guard):
    """Decides about inputs that cannot be decoded.

    With an encoding that is missing or unknown a start fails at once, and an update is refused. An encrypted start or
    signal fails the workflow task, which is retried until a worker has a codec: passed over, it would appear in a later
    replay that has one. An encrypted update is refused: its sender is told.
    """

    def __init__(self, instance: WorkflowInstance) -> None:
        super().__init__(instance)
        self._refused = False

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Run the activation without what cannot be decoded."""
        if self._refused and not evicts(act):  # the workflow does not exist: only queries come now
            return failed_task(act, "the workflow failed as it began")
        unreadable = [(job, words) for job in act.jobs if (words := _unreadable(job))]
        if not unreadable:
            return super().activate(act)
        for job, words in unreadable:
            if _waits(job):
                return failed_task(act, f"{_named(job)}: {words}; tried again until they have")
            if job.HasField("initialize_workflow"):
                self._refused = True
                return failed_workflow(act, INVALID_REQUEST, words)
        return self._run_without(act, unreadable)

    def _run_without(
        self, act: WorkflowActivation, unreadable: list[tuple[WorkflowActivationJob, str]]
    ) -> WorkflowActivationCompletion:
        refused = {job.do_update.protocol_instance_id: words for job, words in unreadable if job.HasField("do_update")}
        rest = with_jobs(
            act,
            [
                job
                for job in act.jobs
                if not (job.HasField("do_update") and job.do_update.protocol_instance_id in refused)
            ],
        )
        completion = super().activate(rest) if rest.jobs else WorkflowActivationCompletion(run_id=act.run_id)
        if not completion.HasField("failed"):
            completion.successful.SetInParent()
            for instance_id, words in refused.items():
                response = completion.successful.commands.add().update_response
                response.protocol_instance_id = instance_id
                response.rejected.CopyFrom(failure_of(INVALID_REQUEST, words))
        return completion


def _inputs(job: WorkflowActivationJob) -> Iterable[Payload]:
    if job.HasField("initialize_workflow"):
        return job.initialize_workflow.arguments
    if job.HasField("signal_workflow"):
        return job.signal_workflow.input
    # A replay has an update that was accepted, by a worker that could decode it.
    return job.do_update.input if job.HasField("do_update") and job.do_update.run_validator else ()


def _unreadable(job: WorkflowActivationJob) -> str:
    """Return in one line why the job's input cannot be decoded, or an empty text."""
    return next((words for payload in _inputs(job) if (words := why_unreadable(payload))), "")


def _waits(job: WorkflowActivationJob) -> bool:
    """Return whether the input may be decoded later."""
    encrypted = any(payload.metadata.get("encoding") == ENCRYPTED for payload in _inputs(job))
    return encrypted and not job.HasField("do_update")


def _named(job: WorkflowActivationJob) -> str:
    if job.HasField("signal_workflow"):
        return f"signal {job.signal_workflow.signal_name}"
    return f"start of {job.initialize_workflow.workflow_type}"
