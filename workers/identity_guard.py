"""Signed identity: whether a message may reach its workflow. See `workflows.shared.identity`.

It sees a message as it was sent, decoded, before anything of the workflow runs. A refused update is answered, and is
in no history. A refused start or signal is marked in the history, with the marker of the SDK's ``patched``, which a
replay tells before the message: so it decides as the first time, whatever mode and operators the worker has by then.
An accepted one costs no event.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance

from workers.guard import Guard, evicts, failed_task, failed_workflow, failure_of, with_jobs
from workflows.runtime.signing import SIGNER
from workflows.shared.identity.current import IDENTITY
from workflows.shared.identity.signature import REFUSED_HEADER, Message, data_of, from_header
from workflows.shared.identity.verdict import Ruling, judge, words_of
from workflows.shared.refusals import NOT_ELIGIBLE

log = logging.getLogger(__name__)

MARK = "tconsole-refused-"
"""Beginning of a marker; the number of the message and the verdict follow."""


class IdentityGuard(Guard):
    """Refuses messages that nobody signed who may send them."""

    def __init__(self, instance: WorkflowInstance, workflow: type) -> None:
        super().__init__(instance)
        self._workflow = workflow
        self._messages = 0
        """Starts and signals so far: the same number in each replay."""
        self._start_refused = False

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Run the activation without what is refused."""
        if self._start_refused and not evicts(act):
            return failed_task(act, "the workflow failed as it began")
        marked = dict(_marks(act))
        sorted_ = _Sorted()
        for job in act.jobs:
            if job.HasField("do_update"):
                self._sort_update(act, job, sorted_)
            elif job.HasField("signal_workflow") or job.HasField("initialize_workflow"):
                self._sort_recorded(act, job, marked, sorted_)
            elif not _is_mark(job):
                sorted_.jobs.append(job)
        if sorted_.failure:
            self._start_refused = True
            return _with_marks(failed_workflow(act, NOT_ELIGIBLE, sorted_.failure), sorted_.marks)
        return self._run(act, marked, sorted_)

    def _run(
        self, act: WorkflowActivation, marked: Mapping[int, Ruling], sorted_: "_Sorted"
    ) -> WorkflowActivationCompletion:
        changed = sorted_.refused or sorted_.marks or sorted_.stripped or marked
        rest = with_jobs(act, sorted_.jobs) if changed else act
        if rest.jobs or not sorted_.refused:
            completion = super().activate(rest)
        else:
            completion = WorkflowActivationCompletion(run_id=act.run_id)
        if not completion.HasField("failed"):
            _reject(completion, sorted_.refused)
            self._sign_outgoing(act, completion)
            _with_marks(completion, sorted_.marks)
        return completion

    def _sort_update(self, act: WorkflowActivation, job: WorkflowActivationJob, sorted_: "_Sorted") -> None:
        """Look at an update that nobody has accepted before."""
        if job.do_update.run_validator and IDENTITY.is_signed and (ruling := self._judge(act, job)) is not None:
            sorted_.refused[job.do_update.protocol_instance_id] = self._words(job, ruling)
        else:
            sorted_.jobs.append(job)

    def _sort_recorded(
        self, act: WorkflowActivation, job: WorkflowActivationJob, marked: Mapping[int, Ruling], sorted_: "_Sorted"
    ) -> None:
        """Look at a start or a signal, or at what was decided on it."""
        number, self._messages = self._messages, self._messages + 1
        ruling = self._ruling(act, job, marked.get(number))
        words = ""
        if ruling is not None:
            words = self._words(job, ruling)
            sorted_.marks.append(f"{MARK}{number}-{ruling.code}")
        if job.HasField("initialize_workflow"):
            sorted_.failure = words
        elif words or REFUSED_HEADER in job.signal_workflow.headers:
            job = _with_word(job, words)
            sorted_.stripped = True
        sorted_.jobs.append(job)

    def _ruling(self, act: WorkflowActivation, job: WorkflowActivationJob, marked: Ruling | None) -> Ruling | None:
        if marked is not None or act.is_replaying or not IDENTITY.is_signed or _continues(job):
            return marked
        return self._judge(act, job)

    def _judge(self, act: WorkflowActivation, job: WorkflowActivationJob) -> Ruling | None:
        message = self._message(job)
        signature = from_header(_headers(job).get(message.header))
        now = datetime.fromtimestamp(act.timestamp.seconds, UTC)
        ruling = judge(message, signature, self._workflow, IDENTITY.operators, now)
        if ruling is not None:
            words = words_of(ruling, message, signature)
            log.warning("refused: %s %s of %s: %s", message.kind, message.name, message.workflow_id, words)
        return ruling

    def _words(self, job: WorkflowActivationJob, ruling: Ruling) -> str:
        message = self._message(job)
        return words_of(ruling, message, from_header(_headers(job).get(message.header)))

    def _message(self, job: WorkflowActivationJob) -> Message:
        info = self.get_info()
        if job.HasField("initialize_workflow"):
            start = job.initialize_workflow
            return Message(
                "start", info.namespace, start.workflow_id, start.workflow_type, "", data_of(start.arguments)
            )
        if job.HasField("signal_workflow"):
            signal = job.signal_workflow
            return Message("signal", info.namespace, info.workflow_id, signal.signal_name, "", data_of(signal.input))
        update = job.do_update
        return Message("update", info.namespace, info.workflow_id, update.name, update.id, data_of(update.input))

    def _sign_outgoing(self, act: WorkflowActivation, completion: WorkflowActivationCompletion) -> None:
        """Sign the signals of this workflow to others, as the workers."""
        if act.is_replaying or not IDENTITY.is_signed:
            return
        for command in completion.successful.commands:
            if command.HasField("signal_external_workflow_execution"):
                signal = command.signal_external_workflow_execution
                workflow_id = signal.workflow_execution.workflow_id or signal.child_workflow_id
                payloads = data_of(signal.args)
                message = Message("signal", self.get_info().namespace, workflow_id, signal.signal_name, "", payloads)
                signal.headers[message.header].CopyFrom(SIGNER.sign(message))


@dataclass
class _Sorted:
    """The jobs of an activation, sorted."""

    jobs: list[WorkflowActivationJob] = field(default_factory=list)
    """Those that reach the workflow."""
    marks: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Updates by the ID of their protocol instance, with the reason."""
    failure: str = ""
    """Why the start is refused."""
    stripped: bool = False
    """Whether a signal is not as it came."""


def _is_mark(job: WorkflowActivationJob) -> bool:
    return job.HasField("notify_has_patch") and job.notify_has_patch.patch_id.startswith(MARK)


def _headers(job: WorkflowActivationJob) -> Mapping[str, Payload]:
    if job.HasField("initialize_workflow"):
        return job.initialize_workflow.headers
    return job.signal_workflow.headers if job.HasField("signal_workflow") else job.do_update.headers


def _continues(job: WorkflowActivationJob) -> bool:
    """Return whether a start is that of a run which goes on where another one of ours ended."""
    return job.HasField("initialize_workflow") and bool(job.initialize_workflow.continued_from_execution_run_id)


def _marks(act: WorkflowActivation) -> Iterable[tuple[int, Ruling]]:
    """Yield which messages were refused when they came, by number."""
    for job in act.jobs:
        if _is_mark(job):
            number, _, code = job.notify_has_patch.patch_id.removeprefix(MARK).partition("-")
            yield int(number), Ruling.of_code(code)


def _with_word(job: WorkflowActivationJob, words: str) -> WorkflowActivationJob:
    """Return a signal with the workers' own word on why it is refused; without one if there are no words."""
    marked = WorkflowActivationJob()
    marked.CopyFrom(job)
    marked.signal_workflow.headers.pop(REFUSED_HEADER, None)
    if words:
        marked.signal_workflow.headers[REFUSED_HEADER].data = words.encode()
    return marked


def _reject(completion: WorkflowActivationCompletion, refused: dict[str, str]) -> None:
    completion.successful.SetInParent()
    for instance_id, words in refused.items():
        response = completion.successful.commands.add().update_response
        response.protocol_instance_id = instance_id
        response.rejected.CopyFrom(failure_of(NOT_ELIGIBLE, words))


def _with_marks(completion: WorkflowActivationCompletion, marks: Sequence[str]) -> WorkflowActivationCompletion:
    """Return the completion with markers before all else."""
    if marks:
        commands = list(completion.successful.commands)
        del completion.successful.commands[:]
        for mark in marks:
            completion.successful.commands.add().set_patch_marker.patch_id = mark
        completion.successful.commands.extend(commands)
    return completion
