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
    """Asks in the background; no decision waits for the answer."""

    def __init__(self, review: Review, changed: Callable[[], object]) -> None:
        self._review = review
        self._changed = changed
        self._planned: dict[tuple[int, int], _Planned] = {}
        """By version, and index of the level."""
        self._task: asyncio.Task[None] | None = None

    @property
    def wake_at(self) -> datetime | None:
        """When to ask again, though nothing has changed."""
        planned = [self._planned.get(self._key(step)) for step in self._review.chain.open_steps]
        return min((each.at + AGAIN_AFTER for each in planned if each is not None), default=None)

    def put(self) -> None:
        """Ask for what is not known; returns at once."""
        if self._next() is not None and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        while (step := self._next()) is not None:
            now, key, people = workflow.now(), self._key(step), self._people(step)
            self._planned[key] = _Planned(now, set(people))
            plan: LevelPlan = await workflow.execute_activity(
                PLAN_LEVEL,
                LevelToPlan(
                    level=step.level.name, people=people, due=step.level.due, opened_at=step.opened_at or now, at=now
                ),
                result_type=LevelPlan,
                start_to_close_timeout=ATTEMPT_TIMEOUT,
                retry_policy=RETRY,
            )
            self._planned[key].people.update(person.person_id for person in plan.people)
            if step.is_open and any(each is step for each in self._review.chain.steps):
                self._review.plan(step, plan, workflow.now())
                self._changed()

    def _next(self) -> Step | None:
        """Return an open level that must be asked for, None if there is none."""
        return next((step for step in self._review.chain.open_steps if self._must_ask(step)), None)

    def _must_ask(self, step: Step) -> bool:
        planned = self._planned.get(self._key(step))
        if planned is None or not planned.people.issuperset(self._people(step)):
            return True
        late = step.overdue_at is not None and planned.at < step.overdue_at
        return late or planned.at + AGAIN_AFTER <= workflow.now()

    def _people(self, step: Step) -> list[str]:
        """Return who may vote on a level, and whoever holds a seat of it."""
        now, chain = workflow.now(), self._review.chain
        stand_ins = [holder.person for seat in chain.holders(step, now).values() for holder in seat]
        return list(dict.fromkeys([*step.open_seats, *stand_ins]))

    def _key(self, step: Step) -> tuple[int, int]:
        steps = self._review.chain.steps
        return self._review.version, next(index for index, each in enumerate(steps) if each is step)
