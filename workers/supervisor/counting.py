"""Counts activities under way, for the health of their worker, and learns the server's time from them."""

import logging
from datetime import timedelta
from typing import Any

import temporalio.client
import temporalio.worker
from humanize import precisedelta
from temporalio import activity
from temporalio.client import Client

from workers.supervisor.health import HealthBoard
from workflows.runtime.server_clock import SERVER_CLOCK

log = logging.getLogger(__name__)

TOLERANCE = timedelta(seconds=30)
"""A clock that differs by less decides nothing otherwise."""


class CountingInterceptor(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    """Given to a client, it is used by every worker on that client."""

    def __init__(self, board: HealthBoard) -> None:
        self._board = board

    def intercept_activity(
        self,
        next: temporalio.worker.ActivityInboundInterceptor,  # noqa: A002 - temporalio's own parameter name
    ) -> temporalio.worker.ActivityInboundInterceptor:
        """Put the count around each activity."""
        return _CountingInbound(next, self._board)


class _CountingInbound(temporalio.worker.ActivityInboundInterceptor):
    def __init__(self, following: temporalio.worker.ActivityInboundInterceptor, board: HealthBoard) -> None:
        super().__init__(following)
        self._board = board

    async def execute_activity(self, input: temporalio.worker.ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - temporalio's own signature
        task_queue = activity.info().task_queue
        self._board.began(task_queue)
        SERVER_CLOCK.learn(activity.info().started_time)
        warning = clock_warning(SERVER_CLOCK.ahead)
        if self._board.warn("clock", warning):
            log.warning(warning)
        try:
            return await super().execute_activity(input)
        finally:
            self._board.ended(task_queue)


def clock_warning(ahead: timedelta) -> str:
    """Return what people should know of a machine whose clock differs from the server's, empty when it is right."""
    if abs(ahead) < TOLERANCE:
        return ""
    direction = "behind" if ahead > timedelta() else "ahead of"
    difference = precisedelta(abs(ahead), format="%d")
    return f"this machine's clock is {difference} {direction} the Temporal server's: set it"


def with_counting(client: Client, board: HealthBoard) -> Client:
    """Return a client on the same connection whose workers count their activities."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], CountingInterceptor(board)]
    return Client(**config)
