"""What the server says of a run now, besides its history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import PendingActivityState, WorkflowExecutionStatus
from temporalio.api.workflow.v1 import PendingActivityInfo, WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse

from console.gateway.events.parsing import root_message
from console.gateway.rows import PAUSED, STATUS_PREFIX, RowKey

STATE_PREFIX = "PENDING_ACTIVITY_STATE_"
MAX_EVENTS = 51_200
"""The server ends a run at so many events, unless it is told otherwise; the default of `limit.historyCount.error`."""


@dataclass(frozen=True)
class PendingActivity:
    """An activity under way. ``attempt`` is the number of the current try."""

    activity_id: str
    state: str
    attempt: int
    max_attempts: int
    """0: as many as it takes."""
    started_at: datetime | None
    last_failure: str
    retry_at: datetime | None
    """When the next try is due, if it waits for that."""
    worker: str


@dataclass(frozen=True)
class Pause:
    """Who has paused a run, when and why. Texts come from outside and are unescaped."""

    by: str
    at: datetime | None
    reason: str


@dataclass(frozen=True)
class RunDescription:
    """A run, and what is under way in it."""

    key: RowKey
    workflow_type: str
    status: str
    """Temporal's word, such as ``running``."""
    started_at: datetime
    closed_at: datetime | None
    events: int
    size: int
    """Of the history, in bytes."""
    parent: RowKey | None = None
    task_attempt: int = 0
    """Number of the current try of the workflow task, if there is one."""
    pending: Mapping[str, PendingActivity] = field(default_factory=dict)
    """By activity ID."""
    pause: Pause | None = None
    """Given while it is paused."""
    reset_points: Mapping[int, str] = field(default_factory=dict)
    """Builds of workers by the ID of the first workflow task completed by them, where the run can be reset to."""

    @property
    def running(self) -> bool:
        """Whether events may still come."""
        return self.closed_at is None


@dataclass(frozen=True)
class RunInfo:
    """One of the runs of a workflow ID."""

    key: RowKey
    status: str
    started_at: datetime
    closed_at: datetime | None


def describe(answer: DescribeWorkflowExecutionResponse) -> RunDescription:
    """Return the answer of the server in our words."""
    info = answer.workflow_execution_info
    run = run_info(info)
    return RunDescription(
        key=run.key,
        workflow_type=info.type.name,
        status=run.status,
        started_at=run.started_at,
        closed_at=run.closed_at,
        events=info.history_length,
        size=info.history_size_bytes,
        parent=_parent(info),
        task_attempt=answer.pending_workflow_task.attempt if answer.HasField("pending_workflow_task") else 0,
        pending={one.activity_id: _pending(one) for one in answer.pending_activities},
        pause=_pause(answer),
        reset_points={
            point.first_workflow_task_completed_id: point.build_id or point.binary_checksum
            for point in info.auto_reset_points.points
            if point.resettable
        },
    )


def run_info(info: WorkflowExecutionInfo) -> RunInfo:
    """Return a listed or described run."""
    return RunInfo(
        key=RowKey(info.execution.workflow_id, info.execution.run_id),
        status=WorkflowExecutionStatus.Name(info.status).removeprefix(STATUS_PREFIX).replace("_", " ").lower(),
        started_at=info.start_time.ToDatetime(tzinfo=UTC),
        closed_at=_moment(info.close_time) if info.HasField("close_time") else None,
    )


def _pause(answer: DescribeWorkflowExecutionResponse) -> Pause | None:
    if answer.workflow_execution_info.status != PAUSED:
        return None
    info = answer.workflow_extended_info.pause_info
    return Pause(info.identity, _moment(info.paused_time), info.reason)


def _parent(info: WorkflowExecutionInfo) -> RowKey | None:
    parent = info.parent_execution
    return RowKey(parent.workflow_id, parent.run_id) if parent.workflow_id else None


def _pending(one: PendingActivityInfo) -> PendingActivity:
    waits = one.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED and one.attempt > 1
    return PendingActivity(
        activity_id=one.activity_id,
        state=PendingActivityState.Name(one.state).removeprefix(STATE_PREFIX).replace("_", " ").lower(),
        attempt=one.attempt,
        max_attempts=one.maximum_attempts,
        started_at=_moment(one.last_started_time),
        last_failure=root_message(one.last_failure) if one.HasField("last_failure") else "",
        retry_at=_moment(one.next_attempt_schedule_time) or _moment(one.scheduled_time) if waits else None,
        worker=one.last_worker_identity,
    )


def _moment(stamp: Timestamp) -> datetime | None:
    return stamp.ToDatetime(tzinfo=UTC) if stamp.seconds else None
