"""Visibility queries, with every value quoted."""

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.shared import summary
from workflows.shared.crowds import mark_of
from workflows.shared.list_filter import quote, searchable


@dataclass(frozen=True)
class WorkflowKind:
    """The workflows of one system, as they are listed."""

    name: str
    workflow_type: str
    id_prefix: str
    failing_stages: frozenset[str] = frozenset()
    """Stages in which a run fails by its own rules, so that the failure needs no attention."""

    @property
    def query(self) -> str:
        """The visibility query of all workflows; of one that continued as new only the latest run.

        A workflow without the ID prefix is left out, since people could not tell it from the one with the prefix.
        """
        return (
            f"WorkflowType = {quote(self.workflow_type)} AND WorkflowId STARTS_WITH {quote(self.id_prefix)}"
            " AND ExecutionStatus != 'ContinuedAsNew'"
        )


ATTENTION = "!attention"
"""In the place of a stage: every workflow that needs attention."""

BROKEN = ("Terminated", "TimedOut", "Canceled")
"""Statuses of runs that were ended from outside: what they published last is no stage of a business item."""

PAUSED = "(CloseTime IS NULL AND ExecutionStatus != 'Running')"
"""The query of paused runs: servers that cannot pause refuse the status by its name."""


@dataclass(frozen=True)
class ServerFilter:
    """Filters that the server can apply. ``stage`` may be ``ATTENTION``."""

    stage: str | None = None
    owner: str | None = None
    id_start: str | None = None
    waiting_for: str | None = None
    where: str | None = None
    """A list filter in the operator's own words; the server alone can apply it."""


def filtered(kind: WorkflowKind, chosen: ServerFilter) -> str:
    """Return the visibility query for ``chosen``. It may find more: the console filters the rows again."""
    parts = [kind.query]
    if chosen.stage == ATTENTION:
        parts.append(f"({summary.ATTENTION.name} IS NOT NULL OR {_broken(kind)} OR {PAUSED})")
    elif chosen.stage is not None:
        ended = BROKEN if chosen.stage in kind.failing_stages else (*BROKEN, "Failed")
        parts.append(f"{summary.STAGE.name} = {quote(chosen.stage)} AND ExecutionStatus NOT IN ({_listed(ended)})")
    if chosen.owner is not None and searchable(chosen.owner):
        parts.append(f"{summary.OWNER.name} = {quote(summary.fitting(chosen.owner))}")
    if chosen.id_start is not None and searchable(start := kind.id_prefix + chosen.id_start):
        parts.append(f"WorkflowId STARTS_WITH {quote(start)}")
    if chosen.waiting_for is not None and searchable(chosen.waiting_for):
        found = _listed((chosen.waiting_for, mark_of(chosen.waiting_for)))
        parts.append(f"{summary.WAITING_FOR.name} IN ({found}) AND CloseTime IS NULL")
    if chosen.where is not None:
        parts.append(f"({chosen.where})")
    return " AND ".join(parts)


def naming(kind: WorkflowKind, words: Iterable[str]) -> str:
    """Return the query of workflows for which each of ``words`` begins the ID or is the owner."""
    return " AND ".join(
        f"(WorkflowId STARTS_WITH {quote(kind.id_prefix + word)} OR {summary.OWNER.name} = {quote(word)})"
        for word in words
    )


def _broken(kind: WorkflowKind) -> str:
    """Return the query of runs that ended in a way that their rules do not know."""
    stages = kind.failing_stages
    stage = summary.STAGE.name
    by_rule = f" AND ({stage} IS NULL OR {stage} NOT IN ({_listed(sorted(stages))}))" if stages else ""
    return f"ExecutionStatus IN ({_listed(BROKEN)}) OR (ExecutionStatus = 'Failed'{by_rule})"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(quote, values))
