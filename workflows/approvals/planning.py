"""Asks the directory who of an open level is here, and when it is due: at first, once a day, and when it is late."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.approvals.activities import PLAN_LEVEL
from workflows.approvals.chain.step import Step
from workflows.approvals.level_models import LevelPlan, LevelToPlan
from workflows.approvals.review.review import Review

AGAIN_AFTER = timedelta(days=1)
ATTEMPT_TIMEOUT = timedelta(seconds=20)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
"""Until the directory answers: without it nobody notices that an approver is away."""


@dataclass
class _Planned:
    """What was asked last for a level."""

    at: datetime
    people: set[str] = field(default_factory=set)


class LevelPlanner:
    """Knows which levels must be planned. Mostly that is done when the store's record is written; no decision waits."""

    def __init__(self, review: Review, changed: Callable[[], object]) -> None:
        self._review = review
        self._changed = changed
        self._planned: dict[tuple[int, int], _Planned] = {}
        """By version, and index of the level."""
        self._asked: list[tuple[tuple[int, int], Step]] = []
        """The levels that are being asked for."""
        self._task: asyncio.Task[None] | None = None

    @property
    def wake_at(self) -> datetime | None:
        """When to ask again, though nothing has changed."""
        planned = [self._planned.get(self._key(step)) for step in self._review.chain.open_steps]
        return min((each.at + AGAIN_AFTER for each in planned if each is not None), default=None)

    def begin(self) -> list[LevelToPlan]:
        """Return what must be asked now; the caller asks, and then calls :meth:`take`."""
        if self._asked:
            return []
        return self._begin([step for step in self._review.chain.open_steps if self._must_ask(step)], workflow.now())

    def take(self, plans: list[LevelPlan] | None, now: datetime) -> None:
        """Take up the answers, in the order of the questions; None when there is no answer."""
        asked, self._asked = self._asked, []
        if plans is None:
            for key, _ in asked:
                self._planned.pop(key, None)
            return
        for (key, step), plan in zip(asked, plans, strict=True):
            self._planned[key].people.update(person.person_id for person in plan.people)
            if step.is_open and any(each is step for each in self._review.chain.steps):
                self._review.plan(step, plan, now)

    def take_first(self, plans: list[LevelPlan], now: datetime) -> None:
        """Take up the plans of the levels that have just opened."""
        self._begin(self._review.chain.open_steps, now)
        self.take(plans, now)

    def put(self) -> None:
        """Ask for what is not known, by itself; returns at once."""
        idle = not self._asked and (self._task is None or self._task.done())
        if idle and any(map(self._must_ask, self._review.chain.open_steps)):
            self._task = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        while levels := self.begin():
            plans = [await _plan(level) for level in levels]
            self.take(plans, workflow.now())
            self._changed()

    def _begin(self, steps: list[Step], now: datetime) -> list[LevelToPlan]:
        self._asked = [(self._key(step), step) for step in steps]
        levels = [self._review.level_to_plan(step, now) for step in steps]
        for (key, _), level in zip(self._asked, levels, strict=True):
            self._planned[key] = _Planned(now, set(level.people))
        return levels

    def _must_ask(self, step: Step) -> bool:
        planned = self._planned.get(self._key(step))
        if planned is None or not planned.people.issuperset(self._review.people_to_plan(step, workflow.now())):
            return True
        late = step.overdue_at is not None and planned.at < step.overdue_at
        return late or planned.at + AGAIN_AFTER <= workflow.now()

    def _key(self, step: Step) -> tuple[int, int]:
        steps = self._review.chain.steps
        return self._review.version, next(index for index, each in enumerate(steps) if each is step)


async def _plan(level: LevelToPlan) -> LevelPlan:
    plan: LevelPlan = await workflow.execute_activity(
        PLAN_LEVEL, level, result_type=LevelPlan, start_to_close_timeout=ATTEMPT_TIMEOUT, retry_policy=RETRY
    )
    return plan
