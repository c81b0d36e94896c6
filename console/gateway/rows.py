"""One row of a list: what a workflow published as search attributes and memo."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.converter import DataConverter

from console.gateway.query import WorkflowKind
from workflows.shared import summary
from workflows.shared.crowds import is_among
from workflows.shared.runs import run_rank
from workflows.shared.summary import Summary

MEMO_KEYS = (summary.MEMO_TITLE, summary.MEMO_CURRENCY, summary.MEMO_NOTE, summary.MEMO_EXTRA)
RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
PAUSED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED
COMPLETED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED
STATUS_FAILED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED
STATUS_PREFIX = "WORKFLOW_EXECUTION_STATUS_"

ValueT = TypeVar("ValueT")

FAILED = "failed"
PAUSED_REASON = "it is paused in Temporal"
PROBLEMS = "TemporalReportedProblems"
"""The server's attribute of a workflow whose task fails again and again."""
CLOSE_WORDS = {"terminated": "was terminated", "canceled": "was cancelled", "timed out": "timed out", FAILED: "failed"}


class RowKey(NamedTuple):
    """Identifies one run of one workflow."""

    workflow_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Row:
    """One workflow in a list. ``stage`` is None while unknown: no search attributes, and no answer yet.

    ``business_id`` is unescaped text from outside. ``amount`` is in minor units of ``currency``. ``broken`` is
    Temporal's word for an unexpected end, such as ``terminated`` or ``failed``.
    """

    key: RowKey
    business_id: str
    started_at: datetime
    closed_at: datetime | None = None
    broken: str | None = None
    stage: str | None = None
    stage_since: datetime | None = None
    due_at: datetime | None = None
    title: str = ""
    note: str = ""
    owner: str = ""
    amount: int | None = None
    currency: str | None = None
    attention: str | None = None
    waiting_for: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    """Values of the system's own columns."""
    paused: bool = False
    """Whether it was paused in Temporal: then it answers no query and takes no update."""
    task_failing: bool = False
    """Whether its workflow task has failed some times in a row, so that nothing happens."""
    failed: bool = False
    """Whether the run failed, be it by its own rules."""

    @property
    def closed(self) -> bool:
        """Whether the workflow has ended."""
        return self.closed_at is not None

    def waits_for(self, person: str) -> bool:
        """Return whether a person must act now, as far as the row tells."""
        return not self.closed and is_among(person, self.waiting_for)

    @property
    def close_reason(self) -> str:
        """Why the run takes no actions, if it was broken or paused; empty otherwise."""
        if self.paused:
            return PAUSED_REASON
        return f"this run {CLOSE_WORDS.get(self.broken, self.broken)}" if self.broken else ""

    @property
    def needs_attention(self) -> bool:
        """Whether a person must look at the workflow."""
        return bool(self.attention or self.broken or self.paused or self.task_failing)

    @property
    def current_stage(self) -> str | None:
        """The stage of the business item; None for a run that was broken, whatever it published last."""
        return None if self.broken else self.stage

    @property
    def rank(self) -> tuple[bool, bool, datetime]:
        """Sort key of the runs of one workflow: the highest is the business item."""
        return run_rank(self.started_at, is_open=not self.closed, failed=self.failed)

    @property
    def order(self) -> tuple[datetime, datetime]:
        """Sort key of the server's list, highest first: open before closed, then newest first."""
        return self.closed_at or datetime.max.replace(tzinfo=UTC), self.started_at

    def with_summary(self, answer: Summary, kind: WorkflowKind) -> "Row":
        """Return the row with the workflow's own answer."""
        return replace(
            self,
            broken=_unexpected(self.broken, answer.stage, kind),
            **{**dict(answer), "waiting_for": tuple(answer.waiting_for)},
        )


async def read_row(info: WorkflowExecutionInfo, kind: WorkflowKind, converter: DataConverter) -> Row:
    """Return the row of a listed workflow; missing or unreadable values stay empty."""
    return row_of(info, kind, await _read_memo(info.memo.fields, converter))


def row_of(info: WorkflowExecutionInfo, kind: WorkflowKind, memo: Mapping[str, Any]) -> Row:
    """Return the row of a listed workflow, whose memo was decoded by somebody else."""
    attributes = {name: _json(payload) for name, payload in info.search_attributes.indexed_fields.items()}
    workflow_id = info.execution.workflow_id
    stage = _value(attributes, summary.STAGE.name, str)
    return Row(
        key=RowKey(workflow_id, info.execution.run_id),
        business_id=workflow_id.removeprefix(kind.id_prefix),
        started_at=_moment(info.start_time),
        closed_at=_moment(info.close_time) if info.HasField("close_time") else None,
        broken=_unexpected(_broken(info.status), stage, kind),
        stage=stage,
        stage_since=_datetime(attributes, summary.STAGE_SINCE.name),
        due_at=_datetime(attributes, summary.DUE_AT.name),
        title=_value(memo, summary.MEMO_TITLE, str) or "",
        note=_value(memo, summary.MEMO_NOTE, str) or "",
        owner=_value(attributes, summary.OWNER.name, str) or "",
        amount=_value(attributes, summary.AMOUNT.name, int),
        currency=_value(memo, summary.MEMO_CURRENCY, str),
        attention=_value(attributes, summary.ATTENTION.name, str),
        waiting_for=_texts(attributes, summary.WAITING_FOR.name),
        extra=extra if isinstance(extra := memo.get(summary.MEMO_EXTRA), dict) else {},
        paused=info.status == PAUSED,
        task_failing=PROBLEMS in attributes,
        failed=info.status == STATUS_FAILED,
    )


async def _read_memo(fields: Mapping[str, Payload], converter: DataConverter) -> dict[str, Any]:
    present = [key for key in MEMO_KEYS if key in fields]
    try:
        values = await converter.decode([fields[key] for key in present])
    except Exception:  # noqa: BLE001 - a codec or a foreign payload may fail in any way; the row is shown without it
        return {}
    return dict(zip(present, values, strict=False))


def _json(payload: Payload) -> Any:  # noqa: ANN401 - a search attribute of any type
    try:
        return json.loads(payload.data)
    except ValueError:
        return None


def _value(values: Mapping[str, Any], name: str, kind: type[ValueT]) -> ValueT | None:
    value = values.get(name)
    return value if isinstance(value, kind) else None


def _texts(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = values.get(name)
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, Sequence) else ()


def _datetime(values: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(values.get(name) or "").astimezone(UTC)
    except (ValueError, TypeError):
        return None


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def _broken(status: WorkflowExecutionStatus.ValueType) -> str | None:
    if status in (RUNNING, PAUSED, COMPLETED):
        return None
    return WorkflowExecutionStatus.Name(status).removeprefix(STATUS_PREFIX).replace("_", " ").lower()


def _unexpected(broken: str | None, stage: str | None, kind: WorkflowKind) -> str | None:
    return None if broken == FAILED and stage in kind.failing_stages else broken
