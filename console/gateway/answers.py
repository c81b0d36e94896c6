"""Workflows' own answers, shown in a list until List, which lags behind them, has caught up."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from console.gateway.query import WorkflowKind
from console.gateway.rows import Row, RowKey
from workflows.shared.summary import Summary

MAX_LAG_SECONDS = 5.0
"""How long a row shows the workflow's own answer while List still returns the state before it."""


@dataclass(frozen=True)
class _Answer:
    """A workflow's own answer, and its row in the list at that time."""

    summary: Summary
    listed: Row | None
    at: float


class LatestAnswers:
    """Keeps the latest answer of each workflow."""

    def __init__(self) -> None:
        self._answers: dict[RowKey, _Answer] = {}

    def put(self, key: RowKey, summary: Summary, listed: Row | None) -> None:
        """Show an answer instead of ``listed``, the row in the list at this time."""
        self._answers[key] = _Answer(summary, listed, time.monotonic())

    def latest(self, row: Row, kind: WorkflowKind) -> Row:
        """Return a listed row as its workflow last said; the row itself once List has caught up."""
        answer = self._answers.get(row.key)
        if answer is None:
            return row
        if row.stage is None:
            return row.with_summary(answer.summary, kind)
        behind = answer.listed is None or row == answer.listed or _is_before(row, answer.summary)
        if behind and time.monotonic() - answer.at < MAX_LAG_SECONDS:
            return row.with_summary(answer.summary, kind)
        del self._answers[row.key]
        return row

    def keep(self, present: Collection[RowKey]) -> None:
        """Forget the answers of all other workflows."""
        for key in self._answers.keys() - present:
            del self._answers[key]


def _is_before(row: Row, summary: Summary) -> bool:
    """Return whether a listed row is of an earlier stage than the workflow's answer."""
    return row.stage_since is not None and row.stage_since < summary.stage_since
