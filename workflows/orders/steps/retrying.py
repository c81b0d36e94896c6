"""One round of a step, the pauses between rounds, and how the order waits."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypedDict

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
"""The pauses between rounds double up to this; a round is some ten events, so a month of failing fits a history."""


AT_ONCE = timedelta(seconds=10)
"""More than the workers need to say what they know by themselves."""


class ActivityOptions(TypedDict):
    """The options of ``execute_activity`` that the order sets."""

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
"""One round of a step: six attempts within half a minute ride out a hiccup before anybody is told."""


def pauses() -> Iterator[timedelta]:
    """Return the pauses between rounds, without end."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)


def failure_text(error: ActivityError) -> str:
    """Return why the activity failed, in the words of what it called."""
    if isinstance(error.cause, FailureError):
        return error.cause.message or str(error.cause)
    return str(error.cause or error)


async def wait_until(condition: Callable[[], bool], within: timedelta | None = None, summary: str = "") -> bool:
    """Wait until ``condition`` holds and return True, or return False when ``within`` is over without it.

    When both come in one workflow task the condition counts. A request to cancel the whole workflow does not end the
    wait: ``run`` hears it and turns it into a cancellation of the order. (The SDK raises it in every wait, also in
    tasks that nobody cancelled.)
    """
    try:
        await workflow.wait_condition(condition, timeout=within, timeout_summary=summary or None)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
    return condition()
