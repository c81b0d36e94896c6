"""Runs one workflow's code without a server: messages, activities and timers happen when the test says so.

The SDK's own workflow instance gets the activations that a worker would get from the server. So the order of
signals, updates and timers in one workflow task, cancellation and futures are the SDK's, and thousands of runs take
seconds. What it does not show: replay, payload limits, and a worker that dies.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payloads
from temporalio.bridge.proto.activity_result import ActivityResolution
from temporalio.bridge.proto.workflow_activation import (
    CancelWorkflow,
    DoUpdate,
    FireTimer,
    InitializeWorkflow,
    QueryWorkflow,
    ResolveActivity,
    ResolveSignalExternalWorkflow,
    SignalWorkflow,
    WorkflowActivation,
    WorkflowActivationJob,
)
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.common import Priority, TypedSearchAttributes
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, RetryState
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

T = TypeVar("T")

START = datetime(2031, 3, 3, 9, tzinfo=UTC)
"""When a run begins: later than anything that the store writes down by the real clock."""
CONVERTER = pydantic_data_converter.payload_converter
FAILURES = pydantic_data_converter.failure_converter


@dataclass(frozen=True)
class Call:
    """An activity that the workflow waits for."""

    seq: int
    name: str
    perform: Callable[[], Any]
    """Runs the activity once, and returns its answer or raises."""
    timeout_at: datetime | None
    gives_up: bool
    """Whether the server tries it a limited number of times."""


class Simulation:
    """One run of a workflow. What is sent waits in ``inbox`` and is delivered together with the next workflow task."""

    def __init__(
        self, defined_by: type, start: object, *, workflow_id: str, activities: Sequence[Callable[..., Any]]
    ) -> None:
        self.now = START
        self.calls: dict[int, Call] = {}
        self.abandoned: list[Call] = []
        """Activities for which the workflow waits no longer, and which may happen all the same."""
        self.timers: dict[int, datetime] = {}
        self.inbox: list[WorkflowActivationJob] = []
        self.results: dict[str, Any] = {}
        """Answers of updates by ID: a value, or the exception that refused it."""
        self.tasks = 0
        """Workflow tasks so far."""
        self.closed = False
        self._activities = {definition_of(each).name: each for each in activities}
        definition: Any = workflow._Definition.must_from_class(defined_by)
        assert definition.name is not None
        self._updates = definition.updates
        self._queries = definition.queries
        self._answer: Any = None
        self._instance = run_now(_create(_details(definition, workflow_id)))
        self._initialize = InitializeWorkflow(
            workflow_type=definition.name, workflow_id=workflow_id, arguments=CONVERTER.to_payloads([start])
        )
        self.inbox.append(WorkflowActivationJob(initialize_workflow=self._initialize))
        self.run_task()

    def signal(self, name: str, *payloads: object) -> None:
        """Send a signal."""
        job = SignalWorkflow(signal_name=name, input=CONVERTER.to_payloads(payloads), originating_event_id=1)
        self.inbox.append(WorkflowActivationJob(signal_workflow=job))

    def update(self, name: str, payload: object) -> str:
        """Send an update, and return the ID under which its answer will be in ``results``."""
        update_id = f"{name}-{len(self.results)}-{len(self.inbox)}"
        self.results[update_id] = None
        job = DoUpdate(
            id=update_id,
            protocol_instance_id=update_id,
            name=name,
            input=CONVERTER.to_payloads([payload]),
            run_validator=True,
        )
        self.inbox.append(WorkflowActivationJob(do_update=job))
        return update_id

    def cancel(self) -> None:
        """Ask Temporal to cancel the workflow."""
        self.inbox.append(WorkflowActivationJob(cancel_workflow=CancelWorkflow(reason="test")))

    def query(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever the query returns
        """Return the answer of a query, from the workflow as it is without what waits in the inbox."""
        job = QueryWorkflow(query_id="query", query_type=name, arguments=CONVERTER.to_payloads(arguments))
        self._activate([WorkflowActivationJob(query_workflow=job)])
        return CONVERTER.from_payload(self._answer, self._queries[name].ret_type)

    def perform(self, call: Call) -> bool:
        """Let an activity happen, and tell the workflow its answer; return False if it raised, to be tried again."""
        try:
            answer = call.perform()
        except ApplicationError as error:
            if error.non_retryable:
                self.fail(call, error)
            return error.non_retryable
        except Exception:  # noqa: BLE001 - the server would try again
            return False
        result = ActivityResolution()
        result.completed.result.CopyFrom(CONVERTER.to_payload(answer))
        self._resolve(call, result)
        self.run_task()
        return True

    def fail(self, call: Call, reason: ApplicationError | None = None) -> None:
        """Tell the workflow that an activity failed: for that reason, or since no attempt got an answer."""
        result = ActivityResolution()
        state = RetryState.NON_RETRYABLE_FAILURE if reason else RetryState.MAXIMUM_ATTEMPTS_REACHED
        error = _activity_error(call, state, reason or ApplicationError("no answer"))
        FAILURES.to_failure(error, CONVERTER, result.failed.failure)
        if reason is None:
            self.abandoned.append(call)
        self._resolve(call, result)
        self.run_task()

    def happen_late(self, call: Call) -> None:
        """Let an abandoned activity happen now; nobody hears its answer."""
        self.abandoned.remove(call)
        with suppress(Exception):
            call.perform()

    def pass_time(self) -> bool:
        """Let time pass until the next timer or timeout; return False if there is none."""
        timeouts = {seq: call.timeout_at for seq, call in self.calls.items() if call.timeout_at}
        due = min([*self.timers.values(), *timeouts.values()], default=None)
        if due is None:
            return False
        self.now = max(self.now, due)
        for seq in [seq for seq, at in self.timers.items() if at <= due]:
            del self.timers[seq]
            self.inbox.append(WorkflowActivationJob(fire_timer=FireTimer(seq=seq)))
        self.run_task()
        for seq in [seq for seq, at in timeouts.items() if at <= due and seq in self.calls]:
            self.fail(self.calls[seq])
        return True

    def run_task(self) -> None:
        """Deliver what waits in the inbox, in one workflow task, and take the commands that come of it."""
        while self.inbox:
            jobs, self.inbox = self.inbox, []
            self.tasks += 1
            self._activate(jobs)

    def _resolve(self, call: Call, result: ActivityResolution) -> None:
        del self.calls[call.seq]
        self.inbox.append(WorkflowActivationJob(resolve_activity=ResolveActivity(seq=call.seq, result=result)))

    def _activate(self, jobs: list[WorkflowActivationJob]) -> None:
        if self.closed and not jobs[0].HasField("query_workflow"):
            return
        timestamp = Timestamp()
        timestamp.FromDatetime(self.now)
        completion = self._instance.activate(WorkflowActivation(run_id="run", timestamp=timestamp, jobs=jobs))
        if completion.HasField("failed"):
            raise AssertionError("a workflow task failed") from FAILURES.from_failure(
                completion.failed.failure, CONVERTER
            )
        for command in completion.successful.commands:
            self._take(command)

    def _take(self, command: WorkflowCommand) -> None:
        kind = command.WhichOneof("variant")
        assert kind is not None
        taken: Message = getattr(command, kind)
        getattr(self, f"_take_{kind}", _ignore)(taken)

    def _take_start_timer(self, timer: Any) -> None:  # noqa: ANN401 - as all that follow: a generated message
        self.timers[timer.seq] = self.now + timer.start_to_fire_timeout.ToTimedelta()

    def _take_cancel_timer(self, timer: Any) -> None:  # noqa: ANN401
        self.timers.pop(timer.seq, None)  # it may have fired in this very task

    def _take_schedule_activity(self, scheduled: Any) -> None:  # noqa: ANN401
        function = self._activities[scheduled.activity_type]
        arguments = CONVERTER.from_payloads(list(scheduled.arguments), definition_of(function).arg_types)
        within = scheduled.schedule_to_close_timeout.ToTimedelta()
        self.calls[scheduled.seq] = Call(
            scheduled.seq,
            scheduled.activity_type,
            lambda: run_now(function(*arguments)),
            self.now + within if within else None,
            gives_up=scheduled.retry_policy.maximum_attempts > 0,
        )

    def _take_request_cancel_activity(self, cancel: Any) -> None:  # noqa: ANN401
        call = self.calls.get(cancel.seq)
        if call is None:  # it was answered in this very task
            return
        result = ActivityResolution()
        error = _activity_error(call, RetryState.CANCEL_REQUESTED, CancelledError("cancelled"))
        FAILURES.to_failure(error, CONVERTER, result.cancelled.failure)
        self.abandoned.append(call)
        self._resolve(call, result)

    def _take_signal_external_workflow_execution(self, signal: Any) -> None:  # noqa: ANN401
        job = ResolveSignalExternalWorkflow(seq=signal.seq)
        self.inbox.append(WorkflowActivationJob(resolve_signal_external_workflow=job))

    def _take_update_response(self, response: Any) -> None:  # noqa: ANN401
        update_id = response.protocol_instance_id
        if response.HasField("rejected"):
            self.results[update_id] = FAILURES.from_failure(response.rejected, CONVERTER)
        elif response.HasField("completed"):
            name = update_id.partition("-")[0]
            self.results[update_id] = CONVERTER.from_payload(response.completed, self._updates[name].ret_type)

    def _take_respond_to_query(self, response: Any) -> None:  # noqa: ANN401
        if response.HasField("failed"):
            raise FAILURES.from_failure(response.failed, CONVERTER)
        self._answer = response.succeeded.response

    def _take_complete_workflow_execution(self, _: Any) -> None:  # noqa: ANN401
        self.closed = True

    def _take_fail_workflow_execution(self, failed: Any) -> None:  # noqa: ANN401
        self.closed = True
        raise FAILURES.from_failure(failed.failure, CONVERTER)


def definition_of(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - private in the SDK
    """Return how an activity was defined: its name and the types of its arguments."""
    return activity._Definition.must_from_callable(function)


def _activity_error(call: Call, state: RetryState, cause: Exception) -> ActivityError:
    error = ActivityError(
        "activity error",
        scheduled_event_id=0,
        started_event_id=0,
        identity="",
        activity_type=call.name,
        activity_id=str(call.seq),
        retry_state=state,
    )
    error.__cause__ = cause
    return error


def run_now(job: Coroutine[Any, Any, T]) -> T:
    """Run a job outside of the workflow."""
    return _loop().run_until_complete(job)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop in which activities run; the workflow instance is a loop of its own."""
    return asyncio.new_event_loop()


async def _create(details: WorkflowInstanceDetails) -> WorkflowInstance:
    return UnsandboxedWorkflowRunner().create_instance(details)  # wants a running loop


def _ignore(_: Message) -> None:
    """Take no notice of a command that only a server needs."""


def _details(definition: Any, workflow_id: str) -> WorkflowInstanceDetails:  # noqa: ANN401 - private in the SDK
    info = workflow.Info(
        attempt=1,
        continued_run_id=None,
        cron_schedule=None,
        execution_timeout=None,
        first_execution_run_id="run",
        headers={},
        namespace="simulated",
        original_execution_run_id="run",
        parent=None,
        root=None,
        raw_memo={},
        retry_policy=None,
        run_id="run",
        run_timeout=None,
        search_attributes={},
        start_time=START,
        workflow_start_time=START,
        task_queue="simulated",
        task_timeout=timedelta(seconds=10),
        typed_search_attributes=TypedSearchAttributes([]),
        workflow_id=workflow_id,
        workflow_type=definition.name,
        priority=Priority.default,
    )
    return WorkflowInstanceDetails(
        payload_converter_factory=lambda: CONVERTER,
        failure_converter_class=pydantic_data_converter.failure_converter_class,
        interceptor_classes=[],
        defn=definition,
        info=info,
        randomness_seed=0,
        extern_functions={},
        disable_eager_activity_execution=True,
        worker_level_failure_exception_types=[],
        patch_activation_callback=None,
        last_completion_result=Payloads(),
        last_failure=None,
    )
