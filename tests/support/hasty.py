"""Activities that are tried again at once: what a test waits for is the next attempt, not the pause before it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from temporalio.common import RetryPolicy
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

FIRST_PAUSE = timedelta(milliseconds=30)
LONGEST_PAUSE = timedelta(milliseconds=250)


class HastyRetries(Interceptor):
    """Shortens the pauses between the attempts of activities. The pauses themselves are tested where time is skipped.

    Where an activity gives up after so many attempts, it does so after as many or, if it is ``lasting``, after as long
    as before: a test may then take its time until what was down is up again.
    """

    def __init__(self, *, lasting: bool = False) -> None:
        self._inbound = _LastingInbound if lasting else _Inbound

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the SDK's
        """Return what is put around one run."""
        return self._inbound


class _Outbound(WorkflowOutboundInterceptor):
    lasting = False

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - the SDK's
        given = input.retry_policy or RetryPolicy()
        hasty = RetryPolicy(
            initial_interval=min(given.initial_interval, FIRST_PAUSE),
            backoff_coefficient=given.backoff_coefficient,
            maximum_interval=min(given.maximum_interval or LONGEST_PAUSE, LONGEST_PAUSE),
            maximum_attempts=given.maximum_attempts,
            non_retryable_error_types=given.non_retryable_error_types,
        )
        if self.lasting and given.maximum_attempts > 1:
            lasts = sum(islice(_pauses(given), given.maximum_attempts - 1), timedelta())
            hasty.maximum_attempts += lasts // LONGEST_PAUSE
        input.retry_policy = hasty
        return super().start_activity(input)


class _LastingOutbound(_Outbound):
    lasting = True


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _LastingInbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_LastingOutbound(outbound))


def _pauses(policy: RetryPolicy) -> Iterator[timedelta]:
    pause = policy.initial_interval
    while True:
        yield pause
        pause = min(pause * policy.backoff_coefficient, policy.maximum_interval or 100 * policy.initial_interval)
