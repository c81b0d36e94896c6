"""Temporal's history events in words."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from google.protobuf.message import Message
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, TimeoutType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent

from console.design.times import two_units
from console.gateway.events.event import Event, Phase, Subject
from console.gateway.rows import RowKey

EVENT_PREFIX = "EVENT_TYPE_"
ATTRIBUTES = "_event_attributes"
SUBJECTS = (
    ("activity_task_", Subject.ACTIVITY),
    ("timer_", Subject.TIMER),
    ("workflow_task_", Subject.TASK),
    ("workflow_execution_signaled", Subject.SIGNAL),
    ("workflow_execution_update_", Subject.UPDATE),
    ("start_child_workflow_execution_", Subject.CHILD),
    ("child_workflow_execution_", Subject.CHILD),
    ("signal_external_workflow_execution_", Subject.EXTERNAL),
    ("request_cancel_external_workflow_execution_", Subject.EXTERNAL),
    ("external_workflow_execution_", Subject.EXTERNAL),
    ("nexus_operation_", Subject.NEXUS),
    ("marker_recorded", Subject.MARKER),
    ("upsert_workflow_search_attributes", Subject.ATTRIBUTES),
    ("workflow_properties_modified", Subject.ATTRIBUTES),
    ("workflow_execution_options_updated", Subject.ATTRIBUTES),
)
"""By the beginning of the event's name; the first that fits. All others are about the run."""

PHASES = (
    (("_failed", "_timed_out", "_terminated", "_rejected"), Phase.FAILED),
    (("_canceled", "_continued_as_new"), Phase.STOPPED),
    (("_scheduled", "_initiated", "_accepted", "timer_started"), Phase.BEGUN),
    (("_started", "_cancel_requested"), Phase.UNDER_WAY),
)
"""By the end of the event's name; all others are done."""

REFERENCES = ("scheduled_event_id", "initiated_event_id", "accepted_event_id")
TIMER_REFERENCE = "started_event_id"
NAMES = ("signal_name", "marker_name", "timer_id")
TYPES = ("activity_type", "workflow_type")
HARMLESS = ("reset workflow", "unhandled command", "force close command")
"""Causes of failed workflow tasks that are no failure: an operator's reset, and events that came during the task."""


class _Form(NamedTuple):
    """What all events of one type share."""

    kind: str
    subject: Subject
    phase: Phase
    reference: str
    """Field with the ID of the group's first event, if there is one."""
    fields: frozenset[str]


def parse(event: HistoryEvent) -> Event:
    """Return the event in words."""
    field = event.WhichOneof("attributes") or ""
    form = _form(field, event.event_type)
    attributes: Any = getattr(event, field, None)
    name, note, attempt = "", "", 0
    phase = form.phase
    if attributes is not None:
        name, note, attempt = _name(event, form, attributes), _note(form, attributes), getattr(attributes, "attempt", 0)
        if "outcome" in form.fields and attributes.outcome.HasField("failure"):
            phase, note = Phase.FAILED, root_message(attributes.outcome.failure)
        if form.subject is Subject.TASK and phase is Phase.FAILED and _harmless(attributes, note):
            phase = Phase.STOPPED
    return Event(
        event_id=event.event_id,
        at=event.event_time.ToDatetime(tzinfo=UTC),
        kind=form.kind,
        subject=form.subject,
        phase=phase,
        group=(form.reference and getattr(attributes, form.reference)) or event.event_id,
        name=name,
        note=note,
        by=_identity(form, attributes),
        ref=getattr(attributes, "activity_id", "") if form.subject is Subject.ACTIVITY else "",
        attempt=attempt if phase is Phase.UNDER_WAY else 0,
        until=_fires(event) if form.subject is Subject.TIMER and phase is Phase.BEGUN else None,
        link=_link(form, attributes),
    )


@lru_cache(maxsize=256)
def _form(field: str, event_type: EventType.ValueType) -> _Form:
    name = field.removesuffix(ATTRIBUTES)
    descriptor = HistoryEvent.DESCRIPTOR.fields_by_name.get(field)
    attributes = descriptor.message_type if descriptor is not None else None
    fields = frozenset(attributes.fields_by_name) if attributes is not None else frozenset[str]()
    subject = next((subject for start, subject in SUBJECTS if name.startswith(start)), Subject.RUN)
    ends = name if subject is not Subject.RUN or not name.endswith("_started") else ""
    phase = next((phase for endings, phase in PHASES if ends.endswith(endings)), Phase.DONE)
    references = (TIMER_REFERENCE,) if subject is Subject.TIMER else REFERENCES
    reference = next((reference for reference in references if reference in fields), "")
    kind = EventType.Name(event_type).removeprefix(EVENT_PREFIX).replace("_", " ").lower() if field else "unknown event"
    return _Form(kind, subject, phase, reference, fields)


def _name(event: HistoryEvent, form: _Form, attributes: Any) -> str:  # noqa: ANN401 - attributes of any event
    if form.subject is Subject.TIMER:
        return _summary(event) or str(attributes.timer_id)
    for field in NAMES:
        if field in form.fields:
            return str(getattr(attributes, field))
    for field in TYPES:
        if field in form.fields:
            return str(getattr(attributes, field).name)
    if "accepted_request" in form.fields:
        return str(attributes.accepted_request.input.name)
    if "operation" in form.fields:
        return str(attributes.operation)
    return ""


def _summary(event: HistoryEvent) -> str:
    """Return the words that a workflow gave a timer, without their JSON quotation marks."""
    summary = event.user_metadata.summary
    is_json = summary.metadata.get("encoding") == b"json/plain"
    return summary.data.decode(errors="replace").strip('"') if is_json else ""


def _fires(event: HistoryEvent) -> datetime:
    started = event.event_time.ToDatetime(tzinfo=UTC)
    return started + event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()


def _note(form: _Form, attributes: Any) -> str:  # noqa: ANN401 - attributes of any event
    fields = form.fields
    if "start_to_fire_timeout" in fields:
        return two_units(timedelta(seconds=attributes.start_to_fire_timeout.seconds))
    words = []
    if "cause" in fields:
        words.append(_cause(attributes))
    failures = [field for field in ("failure", "last_failure") if field in fields and attributes.HasField(field)]
    words += [root_message(getattr(attributes, field)) for field in failures]
    if "reason" in fields and isinstance(attributes.reason, str):
        words.append(attributes.reason)
    return ": ".join(word for word in words if word)


def _cause(attributes: Message) -> str:
    """Return the cause, an enum in most events, in words."""
    cause: Any = getattr(attributes, "cause", "")
    field = attributes.DESCRIPTOR.fields_by_name["cause"].enum_type
    if field is None:
        return str(cause)
    value = field.values_by_number.get(cause)
    return value.name.partition("_CAUSE_")[2].replace("_", " ").lower() if value is not None and cause else ""


def root_message(failure: Failure) -> str:
    """Return the message of the innermost cause: the wrappers only say that something failed."""
    while failure.HasField("cause"):
        failure = failure.cause
    kind = failure.application_failure_info.type if failure.HasField("application_failure_info") else ""
    return f"{kind}: {failure.message}" if kind and not failure.message.startswith(kind) else failure.message


def _harmless(attributes: Any, note: str) -> bool:  # noqa: ANN401 - attributes of any event
    """Return whether a workflow task ended without a failure; a worker that left does not start its tasks in time."""
    not_started = getattr(attributes, "timeout_type", None) == TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START
    return not_started or note.startswith(HARMLESS)


def _identity(form: _Form, attributes: Any) -> str:  # noqa: ANN401 - attributes of any event
    if "identity" in form.fields:
        return str(attributes.identity)
    return str(attributes.accepted_request.meta.identity) if "accepted_request" in form.fields else ""


def _link(form: _Form, attributes: Any) -> RowKey | None:  # noqa: ANN401 - attributes of any event
    """Return the other workflow: child, target or sender."""
    if form.subject in (Subject.CHILD, Subject.EXTERNAL, Subject.SIGNAL):
        for field in ("workflow_execution", "external_workflow_execution"):
            if field in form.fields and attributes.HasField(field):
                return _key(getattr(attributes, field))
        workflow_id = getattr(attributes, "workflow_id", "")
        return RowKey(workflow_id, "") if workflow_id else None
    if form.subject is Subject.RUN and "external_workflow_execution" in form.fields:
        return _key(attributes.external_workflow_execution)
    return None


def _key(execution: WorkflowExecution) -> RowKey | None:
    return RowKey(execution.workflow_id, execution.run_id) if execution.workflow_id else None
