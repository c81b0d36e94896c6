"""Finds the event of a history that a call made."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client

from console.gateway.health import CALL_TIMEOUT

LATEST = 60
"""Events that are looked at, the newest first: the call was a moment ago."""


class EventMark(NamedTuple):
    """An event of a workflow's history, and its time."""

    event_id: int
    at: datetime


async def find_event(client: Client, workflow_id: str, call_id: str) -> EventMark | None:
    """Return the signal or update that carries ``call_id``, None if it is not among the latest events."""
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id), maximum_page_size=LATEST
    )
    answer = await client.workflow_service.get_workflow_execution_history_reverse(request, timeout=CALL_TIMEOUT)
    for event in answer.history.events:
        if await _carries(client, event, call_id):
            return EventMark(event.event_id, event.event_time.ToDatetime(tzinfo=UTC))
    return None


async def _carries(client: Client, event: HistoryEvent, call_id: str) -> bool:
    if event.HasField("workflow_execution_update_accepted_event_attributes"):
        return event.workflow_execution_update_accepted_event_attributes.protocol_instance_id == call_id
    if not event.HasField("workflow_execution_signaled_event_attributes"):
        return False
    payloads: Sequence[Payload] = event.workflow_execution_signaled_event_attributes.input.payloads
    codec = client.data_converter.payload_codec
    try:
        payloads = await codec.decode(payloads) if codec else payloads
    except Exception:  # noqa: BLE001 - a codec may fail in any way on somebody else's signal
        return False
    return any(call_id.encode() in payload.data for payload in payloads)
