"""The history of one run, followed as it grows."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from console.gateway.call_meter import CallKind, CallMeter
from console.gateway.rows import RowKey
from workflows.shared.errors import DisconnectedError, NotFoundError

EVENT_PREFIX = "EVENT_TYPE_"
WORKFLOW_TASKS = "workflow_task_"
SILENT = {
    "workflow_execution_update_admitted_event_attributes",
    "workflow_execution_update_completed_event_attributes",
    "activity_task_started_event_attributes",
}
"""Events besides those of workflow tasks that change nothing which a workflow answers."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event: ``kind`` is its type in words, ``detail`` tells it from others of its type.

    A snapshot with a ``history_length`` of ``known_from`` or more includes what the event changed.
    """

    event_id: int
    at: datetime
    kind: str
    detail: str
    known_from: int


async def follow(
    client: Client, key: RowKey, *, wait: bool = True, calls: CallMeter
) -> AsyncIterator[list[HistoryLine]]:
    """Yield the run's events page by page, then with ``wait`` new ones as they happen, until the run ends.

    Without a run ID it is the latest run. The calls are counted in ``calls``.

    Raises:
        NotFoundError: there is no such run, or none any more.
        DisconnectedError: the server cannot be reached any more.
    """
    handle = client.get_workflow_handle(key.workflow_id, run_id=key.run_id or None)
    pages = handle.fetch_history_events(wait_new_event=wait)
    try:
        while True:
            calls.count(CallKind.HISTORIES)
            await pages.fetch_next_page()
            if pages.current_page:
                yield [_line(event) for event in pages.current_page]
            if not pages.next_page_token:
                return
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NotFoundError(f"the server has no history of {key.workflow_id}") from error
        raise DisconnectedError(f"the history cannot be followed: {error.message}") from error


def _line(event: HistoryEvent) -> HistoryLine:
    return HistoryLine(
        event_id=event.event_id,
        at=event.event_time.ToDatetime(tzinfo=UTC),
        kind=EventType.Name(event.event_type).removeprefix(EVENT_PREFIX).replace("_", " ").lower(),
        detail=_detail(event),
        known_from=known_from(event),
    )


def known_from(event: HistoryEvent) -> int:
    """Return from which history length on a workflow's answers include what the event changed; 0 for nothing.

    The history length is the ID of the latest workflow task's start. A task writes its commands behind its completion,
    and the updates that it accepts carry the ID of the event before its start.
    """
    field = event.WhichOneof("attributes") or ""
    if field.startswith(WORKFLOW_TASKS) or field in SILENT:
        return 0
    attributes = getattr(event, field, None)
    if task_completed := getattr(attributes, "workflow_task_completed_event_id", 0):
        return int(task_completed) - 1
    return int(getattr(attributes, "accepted_request_sequencing_event_id", 0)) or event.event_id


def _detail(event: HistoryEvent) -> str:
    field = event.WhichOneof("attributes")
    if field is None:
        return ""
    attributes = getattr(event, field)
    for name in ("signal_name", "marker_name", "timer_id"):
        if value := getattr(attributes, name, ""):
            return str(value)
    if activity := getattr(getattr(attributes, "activity_type", None), "name", ""):
        return str(activity)
    if field == "workflow_execution_update_accepted_event_attributes":
        return str(attributes.accepted_request.input.name)
    return ""
