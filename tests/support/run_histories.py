"""Histories for tests of what shows them: recorded ones, and made up ones."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.enums.v1 import EventType, PendingActivityState
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.contrib.pydantic import pydantic_data_converter

from console.gateway.events.description import RunDescription, describe
from console.gateway.events.event import Event
from console.gateway.events.parsing import parse
from console.gateway.events.run_history import RunHistory
from console.gateway.health import Health
from console.gateway.rows import RUNNING, RowKey
from console.history.groups import History
from tests.histories.format import read
from tests.histories.system import FOLDER

START = datetime(2025, 1, 31, 14, 30, 22, tzinfo=UTC)
STEP = timedelta(milliseconds=20)
"""Between two events of a recorded history, which has the times of few."""

MADE_UP = RowKey("order-1", "11111111-1111-4111-8111-111111111111")


def at(seconds: float) -> datetime:
    """Return a moment so long after the start."""
    return START + timedelta(seconds=seconds)


def event(event_id: int, seconds: float, name: str, **attributes: Any) -> HistoryEvent:  # noqa: ANN401 - of any event
    """Return an event of a type such as ``activity_task_scheduled``."""
    made = HistoryEvent(event_id=event_id, event_type=EventType.Value(f"EVENT_TYPE_{name.upper()}"))
    made.event_time.FromDatetime(at(seconds))
    field = getattr(made, f"{name}_event_attributes")
    field.SetInParent()
    field.MergeFrom(type(field)(**attributes))
    return made


def payloads(*values: bytes, encoding: bytes = b"json/plain") -> Payloads:
    """Return payloads of JSON, or of another encoding."""
    return Payloads(payloads=[Payload(metadata={"encoding": encoding}, data=value) for value in values])


def failure(message: str, cause: Failure | None = None, kind: str = "PaymentError") -> Failure:
    """Return a failure of the application."""
    made = Failure(message=message, stack_trace="  File pay.py, line 1\n", cause=cause)
    made.application_failure_info.type = kind
    return made


def task(event_id: int, seconds: float) -> list[HistoryEvent]:
    """Return the three events of a workflow task."""
    return [
        event(event_id, seconds, "workflow_task_scheduled"),
        event(event_id + 1, seconds, "workflow_task_started", scheduled_event_id=event_id),
        event(event_id + 2, seconds, "workflow_task_completed", scheduled_event_id=event_id),
    ]


def history_of(events: Iterable[HistoryEvent]) -> History:
    """Return the events as they are shown."""
    history = History()
    history.add(map(parse, events))
    return history


def failing() -> list[HistoryEvent]:
    """Return an order whose capture fails for good, 18 minutes after the begin."""
    return [
        event(1, 0, "workflow_execution_started", workflow_type={"name": "OrderWorkflow"}, identity="shop@host"),
        *task(2, 0.1),
        event(5, 0.2, "activity_task_scheduled", activity_id="1", activity_type={"name": "reserve_stock"}),
        event(6, 0.21, "activity_task_started", scheduled_event_id=5, attempt=1, identity="worker@host"),
        event(7, 0.25, "activity_task_completed", scheduled_event_id=5, result=payloads(b'{"pieces":3}')),
        *task(8, 0.3),
        event(
            11,
            1100,
            "workflow_execution_signaled",
            signal_name="confirm_payment",
            identity="gateway@host",
            input=payloads(b'{"amount":12000}'),
        ),
        *task(12, 1100.1),
        event(15, 1100.2, "activity_task_scheduled", activity_id="2", activity_type={"name": "capture"}),
        event(16, 1104, "activity_task_started", scheduled_event_id=15, attempt=3, last_failure=failure("timed out")),
        event(
            17,
            1105,
            "activity_task_failed",
            scheduled_event_id=15,
            failure=failure("capture failed", failure("provider timed out", kind="Timeout")),
        ),
        *task(18, 1105.1),
    ]


def recorded(name: str) -> list[HistoryEvent]:
    """Return the events of a recorded history, such as ``orders/delivered``, from ``START`` on."""
    events = list(read(FOLDER / f"{name}.json").events)
    shift = START - events[0].event_time.ToDatetime(tzinfo=UTC)
    latest = START
    for one in events:
        known = one.event_time.ToDatetime(tzinfo=UTC) + shift if one.event_time != Timestamp() else None
        latest = max(latest + STEP, known or latest)
        one.event_time.FromDatetime(latest)
    return events


def under_way() -> list[HistoryEvent]:
    """Return the same order with a payment that came in as a workflow, a child, and a capture that is tried again."""
    sender = {"workflow_id": "payment-pay_8812", "run_id": "22222222-2222-4222-8222-222222222222"}
    child = {"workflow_id": "refund-pay_8812"}
    return [
        *failing(),
        event(21, 1105.2, "start_child_workflow_execution_initiated", workflow_type={"name": "Refund"}, **child),
        event(22, 1105.3, "child_workflow_execution_started", initiated_event_id=21, workflow_execution=child),
        event(23, 1106, "child_workflow_execution_completed", initiated_event_id=21, workflow_execution=child),
        event(
            24, 1800, "workflow_execution_signaled", signal_name="confirm_payment", external_workflow_execution=sender
        ),
        *task(25, 1800.1),
        event(28, 1800.2, "activity_task_scheduled", activity_id="3", activity_type={"name": "capture"}),
    ]


def described(key: RowKey, events: int) -> DescribeWorkflowExecutionResponse:
    """Return what the server says of that order."""
    answer = DescribeWorkflowExecutionResponse()
    info = answer.workflow_execution_info
    info.execution.workflow_id, info.execution.run_id = key
    info.status, info.history_length, info.history_size_bytes = RUNNING, events, 14_200
    info.start_time.FromDatetime(START)
    point = info.auto_reset_points.points.add(first_workflow_task_completed_id=4, build_id="1.4.0", resettable=True)
    point.create_time.FromDatetime(START)
    pending = answer.pending_activities.add(activity_id="3", attempt=4, last_failure=failure("provider timed out"))
    pending.state = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
    pending.next_attempt_schedule_time.FromDatetime(at(2900))
    return answer


class StillHistory(RunHistory):
    """A history that is there already; nothing follows."""

    def __init__(self, key: RowKey, events: Iterable[HistoryEvent], answer: DescribeWorkflowExecutionResponse) -> None:
        super().__init__(Mock(data_converter=pydantic_data_converter), Health(), key)
        self._all, self._described = list(events), answer

    def begin(self) -> None:
        """Have everything already."""

    async def pages(self) -> AsyncIterator[list[Event]]:
        """Yield all events as one page."""
        self._events = self._all
        yield [*map(parse, self._all)]
        await asyncio.Event().wait()

    async def describe(self) -> RunDescription:
        """Return the answer."""
        assert self._described is not None
        return describe(self._described)
