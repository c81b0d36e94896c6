"""Runs a step with side effects: one round of attempts, or rounds until it succeeds or an operator decides."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, TypedDict, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

from workflows.orders.steps.stuck import Outcome, StepRef, StuckSteps
from workflows.orders.steps.tasks import wait_until
from workflows.orders.steps.undone import undone_as

InputT = TypeVar("InputT")
T = TypeVar("T")
Step = Callable[[], Awaitable[T]]

MIN_PAUSE = timedelta(minutes=1)
MAX_PAUSE = timedelta(hours=1)
"""Between rounds; pauses double. A round is some ten events, so a month of failing fits a history."""


class ActivityOptions(TypedDict):
    """The options of ``execute_activity`` for one round."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


ROUND = ActivityOptions(
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=300),
        backoff_coefficient=3,
        maximum_interval=timedelta(seconds=15),
        maximum_attempts=6,
    ),
)
"""One round: six attempts within half a minute ride out a short outage before an operator is told."""


def round_of(
    activity: Callable[[Any, InputT], Awaitable[T]], payload: InputT, *, summary: str | None = None
) -> Step[T]:
    """Return a step that is one round of an activity."""
    return lambda: workflow.execute_activity_method(activity, payload, summary=summary, **ROUND)


def pauses(first: timedelta, longest: timedelta) -> Iterator[timedelta]:
    """Return pauses without end, each twice as long as the one before."""
    while True:
        yield first
        first = min(first * 2, longest)


def failure_text(error: ActivityError) -> str:
    """Return why the activity failed, in the words of what it called."""
    if isinstance(error.cause, FailureError):
        return error.cause.message or str(error.cause)
    return str(error.cause or error)


async def run_step(stuck: StuckSteps, ref: StepRef, step: Step[T]) -> T:
    """Run one round of a step; if it fails, the step is stuck until a round succeeds.

    Raises:
        ActivityError: it failed, or was cancelled.
    """
    await stuck.ready()
    stuck.begin_round(ref)
    try:
        answer = await step()
    except ActivityError as error:
        if not is_cancelled_exception(error):
            stuck.failed(ref, failure_text(error), undone_as(error))
        raise
    stuck.settle(ref)
    return answer


async def run_step_or_decision(stuck: StuckSteps, ref: StepRef, step: Step[object]) -> Outcome:
    """Run one round of a step, unless an operator has skipped it or did it by hand.

    Raises:
        ActivityError: it failed, or was cancelled.
    """
    return await run_step(stuck, ref, lambda: _unless_decided(stuck, ref, step))


async def retry_until_done(
    stuck: StuckSteps,
    ref: StepRef,
    step: Step[T],
    *,
    woken: Callable[[], bool] = lambda: False,
) -> T:
    """Repeat a step, a round at a time, until it succeeds; ``woken`` or an operator ends a pause early.

    A cancelled step is not repeated, and no longer stuck.
    """
    between = pauses(MIN_PAUSE, MAX_PAUSE)
    try:
        while True:
            try:
                return await run_step(stuck, ref, step)
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
            await wait_until(lambda: woken() or stuck.woken(ref), next(between), "pause before trying again")
    finally:
        stuck.settle(ref)


async def retry_until_final(stuck: StuckSteps, ref: StepRef, step: Step[object]) -> Outcome:
    """Repeat a step until it succeeds, or until an operator has skipped it or did it by hand."""
    return await retry_until_done(stuck, ref, lambda: _unless_decided(stuck, ref, step))


async def _unless_decided(stuck: StuckSteps, ref: StepRef, step: Step[object]) -> Outcome:
    decided = stuck.outcome(ref)
    if decided is None:
        await step()
    return decided or Outcome.DONE
