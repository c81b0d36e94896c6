"""Runs the step of an approved request in the background, once the store knows of the approval."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.approvals.activities import APPLY_REQUEST
from workflows.approvals.applying import AppliedStep, StepToApply
from workflows.approvals.record_keeper import RecordKeeper
from workflows.approvals.review.review import Review

ATTEMPT_TIMEOUT = timedelta(seconds=20)
GIVE_UP_AFTER = timedelta(minutes=15)
"""A person is asked for then."""
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


class Applier:
    """Applies what is approved. The step's key is the same in every try and every run, so that it happens once."""

    def __init__(self, review: Review, records: RecordKeeper, changed: Callable[[], object]) -> None:
        self._review = review
        self._records = records
        self._changed = changed
        self._task: asyncio.Task[None] | None = None

    def put(self) -> None:
        """Begin with the step if there is one to do; returns at once."""
        if self._review.step_to_apply is not None and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._apply())

    async def _apply(self) -> None:
        """Do the step. After each wait a reset may have brought another state, and then nothing is noted."""
        await self._records.drain()  # an approval that a reset could lose is not applied
        step = self._review.step_to_apply
        if step is None:
            return
        outcome = await _do(step)
        if self._records.resets.pending:
            await workflow.wait_condition(lambda: not self._records.resets.pending)
        if self._review.step_to_apply != step:
            return
        if isinstance(outcome, AppliedStep):
            self._review.applied(outcome.words, workflow.now())
        else:
            self._review.apply_failed(outcome, workflow.now())
        self._changed()


async def _do(step: StepToApply) -> AppliedStep | str:
    """Return what was done, or why it was given up."""
    try:
        applied: AppliedStep = await workflow.execute_activity(
            APPLY_REQUEST,
            step,
            result_type=AppliedStep,
            start_to_close_timeout=ATTEMPT_TIMEOUT,
            schedule_to_close_timeout=GIVE_UP_AFTER,
            retry_policy=RETRY,
        )
    except ActivityError as failed:
        return _words(failed)
    return applied


def _words(failed: ActivityError) -> str:
    """Return why the step failed: what it last said, or that it gave no answer."""
    cause: BaseException | None = failed.cause
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    return cause.message if cause is not None else f"no answer within {GIVE_UP_AFTER.seconds // 60} minutes"
