"""Why a row is in the inbox, in plain words, and what is stuck about it. Nothing here reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from console.design.times import one_unit
from console.design.tone import Tone
from console.gateway.rows import CLOSE_WORDS, Row
from console.model import Stage
from console.systems.system import ConsoleSystem

LATE = timedelta(minutes=2)
"""How long after its due time a workflow that has done nothing counts as stuck: a busy worker takes less."""

AT_WORK = (Tone.WAITING, Tone.MOVING, Tone.HUMAN)
"""Tones of the stages in which a workflow still has something to do."""


class Cause(StrEnum):
    """Why a workflow does not go on. The order is that of the screen."""

    TASK_FAILING = "workflow task fails"
    STEP_FAILING = "a step fails and is tried again"
    LATE = "due time has passed"
    PAUSED = "paused in Temporal"
    ENDED = "ended before it was done"


TODO = {
    Cause.TASK_FAILING: "its history (v) has the error; mend and restart the worker: the task is tried again by itself",
    Cause.STEP_FAILING: "see the details for the error; mend what it calls, it is tried again by itself",
    Cause.LATE: "its timer has not run: see that a worker polls and keeps up (uv run tconsole doctor)",
    Cause.PAUSED: "the key O, or uv run temporal workflow unpause --workflow-id ID, lets it go on",
    Cause.ENDED: "the details say what it still holds; uv run tconsole check finds it, uv run tconsole mend frees it",
}


@dataclass(frozen=True)
class Item:
    """One row of the inbox. ``kind`` is its type of workflow, ``tab`` the system it belongs to."""

    row: Row
    kind: ConsoleSystem[Any, Any]
    tab: ConsoleSystem[Any, Any]
    why: str
    todo: str = ""
    cause: Cause | None = None
    yours: bool = False
    """Whether it waits for the operator by name."""

    @property
    def due_at(self) -> datetime | None:
        """When it must be decided; a run that has ended decides nothing."""
        return None if self.row.closed else self.row.due_at

    @property
    def order(self) -> tuple[datetime, bool, datetime]:
        """Sort key, the most urgent first: by due time, then what waits for the operator, then the longest waiting."""
        since = self.row.stage_since or self.row.started_at
        return self.due_at or datetime.max.replace(tzinfo=UTC), not self.yours, since


def stages_at_work(kinds: Iterable[ConsoleSystem[Any, Any]]) -> list[str]:
    """Return the stages in which workflows still have something to do."""
    return sorted({stage.name for kind in kinds for stage in kind.stages if stage.tone in AT_WORK})


def stages_for_people(kinds: Iterable[ConsoleSystem[Any, Any]]) -> list[str]:
    """Return the stages in which a person must decide."""
    return sorted({stage.name for kind in kinds for stage in kind.stages if stage.tone is Tone.HUMAN})


def judge(
    row: Row, kind: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any], operator: str, now: datetime
) -> Item | None:
    """Return why a person must look at a row, None if nobody must."""
    yours = row.waits_for(operator)
    found = _stuck(row, kind, now) or _asks(row, kind)
    if found is None and not yours:
        return None
    why, todo, cause = found or (f"{_waits(row)} · {row.note}" if row.note else _waits(row), "", None)
    if yours and found is not None:
        why = f"{why} · waits for you"
    return Item(row, kind, tab, why, todo, cause, yours)


def _waits(row: Row) -> str:
    others = len(row.waiting_for) - 1
    return "waits for you" if others < 1 else f"waits for you, or {others} more"


def _stuck(row: Row, kind: ConsoleSystem[Any, Any], now: datetime) -> tuple[str, str, Cause] | None:
    """Return why a workflow cannot go on as it should, and what to do."""
    if row.closed:
        return _ended(row, _stage(row, kind))
    if row.paused:
        runs_on = kind.operations.deadline(row, now) or "its timers run on"
        return f"paused in Temporal; {runs_on}", TODO[Cause.PAUSED], Cause.PAUSED
    if row.task_failing:
        return "its workflow task fails again and again", TODO[Cause.TASK_FAILING], Cause.TASK_FAILING
    why = kind.why.get(row.attention) if row.attention else None
    if why is not None and why.retries:
        return why.words, why.todo, Cause.STEP_FAILING
    if row.attention is None and row.due_at is not None and row.due_at + LATE < now:
        return f"was due {one_unit(now - row.due_at)} ago, and nothing happened", TODO[Cause.LATE], Cause.LATE
    return None


def _ended(row: Row, stage: Stage | None) -> tuple[str, str, Cause] | None:
    """Return how a run was ended in a stage in which it still had something to do."""
    if row.broken is None or stage is None or stage.tone not in AT_WORK:
        return None
    return f"{CLOSE_WORDS.get(row.broken, row.broken)} while {stage.label}", TODO[Cause.ENDED], Cause.ENDED


def _asks(row: Row, kind: ConsoleSystem[Any, Any]) -> tuple[str, str, None] | None:
    """Return what a person is asked for."""
    if row.closed:
        return None
    if row.attention:
        why = kind.why.get(row.attention)
        return (why.words, why.todo, None) if why else (row.attention.replace("_", " "), "", None)
    stage = _stage(row, kind)
    return (stage.label, "", None) if stage is not None and stage.tone is Tone.HUMAN else None


def _stage(row: Row, kind: ConsoleSystem[Any, Any]) -> Stage | None:
    return next((stage for stage in kind.stages if stage.name == row.stage), None)


def by_cause(items: Sequence[Item]) -> dict[Cause, list[Item]]:
    """Return what is stuck, by cause."""
    groups = {cause: [item for item in items if item.cause is cause] for cause in Cause}
    return {cause: group for cause, group in groups.items() if group}
