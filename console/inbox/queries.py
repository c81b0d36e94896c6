"""The visibility queries of the inbox: one for the open workflows of a system, one for those that were ended."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from console.gateway.query import BROKEN, PAUSED
from console.inbox.judging import LATE, stages_at_work, stages_for_people
from console.systems.system import ConsoleSystem
from workflows.shared import summary
from workflows.shared.crowds import mark_of
from workflows.shared.list_filter import quote, searchable

PROBLEMS = "TemporalReportedProblems"
"""An attribute that older servers do not know."""

Kinds = Sequence[ConsoleSystem[Any, Any]]


def waiting(kinds: Kinds, operator: str, now: datetime, *, problems: bool = True) -> str:
    """Return the query of the open workflows that a person must look at; ``problems`` with those whose task fails."""
    reasons = [
        f"{summary.ATTENTION.name} IS NOT NULL",
        f"{summary.DUE_AT.name} < {quote((now - LATE).isoformat())}",
        PAUSED,
    ]
    if problems:
        reasons.append(f"{PROBLEMS} IS NOT NULL")
    if asked := stages_for_people(kinds):
        reasons.append(f"{summary.STAGE.name} IN ({_listed(asked)})")
    if any(kind.for_people for kind in kinds) and searchable(operator):
        reasons.append(f"{summary.WAITING_FOR.name} IN ({_listed((operator, mark_of(operator)))})")
    return f"{_types(kinds)} AND CloseTime IS NULL AND ({' OR '.join(reasons)})"


def ended(kinds: Kinds) -> str:
    """Return the query of the runs that were ended, or failed, while they still had something to do."""
    statuses, stages = _listed((*BROKEN, "Failed")), _listed(stages_at_work(kinds))
    return f"{_types(kinds)} AND ExecutionStatus IN ({statuses}) AND {summary.STAGE.name} IN ({stages})"


def runs_of(kinds: Kinds, workflow_ids: Iterable[str]) -> str:
    """Return the query of all runs of some workflows."""
    wanted = _listed(filter(searchable, workflow_ids))
    return f"{_types(kinds)} AND WorkflowId IN ({wanted})"


def _types(kinds: Kinds) -> str:
    types = _listed(kind.kind.workflow_type for kind in kinds)
    return f"WorkflowType IN ({types}) AND ExecutionStatus != 'ContinuedAsNew'"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(quote, values))
