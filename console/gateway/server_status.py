"""The state of the server, its task queues with their pollers, and the workers, as the server reports it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerSlotsInfo
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
    ListWorkersRequest,
)
from temporalio.client import Client

from console.gateway.health import CALL_TIMEOUT, Health
from workflows.runtime.identity import is_gone
from workflows.runtime.pollers import MAX_SILENCE

TYPES = {
    "workflow tasks": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activities": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
STATUS_PREFIX = "WORKER_STATUS_"
MAX_WORKERS = 200
"""Of the namespace that are listed."""


@dataclass(frozen=True)
class ServerInfo:
    """What the server says of itself and of the namespace."""

    version: str
    retention: timedelta
    can_pause: bool
    has_heartbeats: bool
    """Whether it keeps the heartbeats of workers."""
    max_payload: int
    """In bytes; 0 if it does not say."""


@dataclass(frozen=True)
class Poller:
    """Somebody who asks for tasks. ``gone`` is whether no poll of theirs can be under way."""

    identity: str
    seen_at: datetime
    gone: bool


@dataclass(frozen=True)
class QueueState:
    """One kind of tasks of a task queue."""

    name: str
    kind: str
    pollers: Sequence[Poller]
    backlog: int
    """Tasks that no worker has taken yet, about."""
    backlog_age: timedelta
    """Of the oldest of them."""
    added: float
    """Tasks that come in a second, lately."""
    dispatched: float
    """Tasks that are taken in a second, lately."""


@dataclass(frozen=True)
class Slots:
    """How many tasks of a kind a worker runs, and for how many more it has room."""

    used: int
    free: int


@dataclass(frozen=True)
class WorkerState:
    """A worker by its latest heartbeat."""

    identity: str
    queue: str
    status: str
    sdk: str
    started_at: datetime | None
    heartbeat_at: datetime
    workflow_slots: Slots
    activity_slots: Slots
    cpu: float
    """Of its machine, 1 is all of it."""
    memory: float


class ServerStatusReader:
    """Reads it. Each method raises ``CallError``: the server did not answer, or does not let us ask."""

    def __init__(self, client: Client, health: Health) -> None:
        self._client, self._health = client, health

    async def info(self) -> ServerInfo:
        """Return what the server says of itself."""
        service = self._client.workflow_service
        async with self._health.watch():
            system = await service.get_system_info(GetSystemInfoRequest(), timeout=CALL_TIMEOUT)
        request = DescribeNamespaceRequest(namespace=self._client.namespace)
        async with self._health.watch():
            answer = await service.describe_namespace(request, timeout=CALL_TIMEOUT)
        capabilities = answer.namespace_info.capabilities
        return ServerInfo(
            version=system.server_version,
            retention=answer.config.workflow_execution_retention_ttl.ToTimedelta(),
            can_pause=capabilities.workflow_pause,
            has_heartbeats=capabilities.worker_heartbeats,
            max_payload=answer.namespace_info.limits.blob_size_limit_error,
        )

    async def queues(self, names: Sequence[str]) -> list[QueueState]:
        """Return the state of task queues, each with its kinds of tasks."""
        return list(await asyncio.gather(*(self._queue(name, kind) for name in names for kind in TYPES)))

    async def workers(self) -> list[WorkerState]:
        """Return the workers of the namespace that have sent a heartbeat lately."""
        request = ListWorkersRequest(namespace=self._client.namespace, page_size=MAX_WORKERS)
        async with self._health.watch():
            answer = await self._client.workflow_service.list_workers(request, timeout=CALL_TIMEOUT)
        return sorted(
            (_worker(one.worker_heartbeat) for one in answer.workers_info), key=lambda one: (one.queue, one.identity)
        )

    async def _queue(self, name: str, kind: str) -> QueueState:
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=name),
            task_queue_type=TYPES[kind],
            report_stats=True,
        )
        async with self._health.watch():
            answer = await self._client.workflow_service.describe_task_queue(request, timeout=CALL_TIMEOUT)
        now, stats = datetime.now(UTC), answer.stats
        pollers = sorted((_poller(one, now) for one in answer.pollers), key=lambda one: one.seen_at, reverse=True)
        return QueueState(
            name=name,
            kind=kind,
            pollers=pollers,
            backlog=stats.approximate_backlog_count,
            backlog_age=stats.approximate_backlog_age.ToTimedelta(),
            added=stats.tasks_add_rate,
            dispatched=stats.tasks_dispatch_rate,
        )


def _poller(one: PollerInfo, now: datetime) -> Poller:
    seen_at = one.last_access_time.ToDatetime(tzinfo=UTC)
    return Poller(one.identity, seen_at, gone=now - seen_at > MAX_SILENCE or is_gone(one.identity))


def _worker(beat: WorkerHeartbeat) -> WorkerState:
    return WorkerState(
        identity=beat.worker_identity,
        queue=beat.task_queue,
        status=WorkerStatus.Name(beat.status).removeprefix(STATUS_PREFIX).replace("_", " ").lower(),
        sdk=f"{beat.sdk_name} {beat.sdk_version}",
        started_at=_moment(beat.start_time),
        heartbeat_at=beat.heartbeat_time.ToDatetime(tzinfo=UTC),
        workflow_slots=_slots(beat.workflow_task_slots_info),
        activity_slots=_slots(beat.activity_task_slots_info),
        cpu=beat.host_info.current_host_cpu_usage,
        memory=beat.host_info.current_host_mem_usage,
    )


def _slots(info: WorkerSlotsInfo) -> Slots:
    return Slots(info.current_used_slots, info.current_available_slots)


def _moment(stamp: Timestamp) -> datetime | None:
    return stamp.ToDatetime(tzinfo=UTC) if stamp.seconds else None
