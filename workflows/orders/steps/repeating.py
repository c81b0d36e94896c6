"""How a step is repeated until it works, or until an operator decides otherwise."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.orders.steps.retrying import failure_text, pauses, wait_until
from workflows.orders.steps.stuck import Outcome, StepRef, StuckSteps

T = TypeVar("T")


def _never() -> bool:
    return False


async def tried(stuck: StuckSteps, ref: StepRef, step: Callable[[], Awaitable[T]]) -> T:
    """Try a step for one round; when it fails it is stuck from then on, until a round succeeds.

    Raises:
        ActivityError: it did not work, or was cancelled.
    """
    stuck.begin_round(ref)
    try:
        answer = await step()
    except ActivityError as error:
        if not is_cancelled_exception(error):
            stuck.failed(ref, failure_text(error))
        raise
    stuck.settle(ref)
    return answer


async def tried_unless_decided(stuck: StuckSteps, ref: StepRef, step: Callable[[], Awaitable[object]]) -> Outcome:
    """Try a step for one round, unless somebody has skipped it or done it by hand.

    Raises:
        ActivityError: it did not work, or was cancelled.
    """
    return await tried(stuck, ref, lambda: _unless_decided(stuck, ref, step))


async def until_done(
    stuck: StuckSteps,
    ref: StepRef,
    step: Callable[[], Awaitable[T]],
    *,
    failing: Callable[[], None],
    woken: Callable[[], bool] = _never,
) -> T:
    """Repeat ``step``, a round at a time, until it succeeds; ``woken`` or an operator cuts a pause short.

    ``failing`` is called after each round that failed. A cancelled step is not tried again, and no longer stuck.
    """
    pause = pauses()
    try:
        while True:
            try:
                return await tried(stuck, ref, step)
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                failing()
            await wait_until(lambda: woken() or stuck.woken(ref), next(pause), "pause before trying again")
    finally:
        stuck.settle(ref)


async def until_settled(
    stuck: StuckSteps, ref: StepRef, step: Callable[[], Awaitable[object]], *, failing: Callable[[], None]
) -> Outcome:
    """Repeat ``step`` until it succeeds, or until somebody has skipped it or done it by hand."""
    return await until_done(stuck, ref, lambda: _unless_decided(stuck, ref, step), failing=failing)


async def _unless_decided(stuck: StuckSteps, ref: StepRef, step: Callable[[], Awaitable[object]]) -> Outcome:
    decided = stuck.outcome(ref)
    if decided is None:
        await step()
    return decided or Outcome.DONE
