"""One query per workflow at a time: without a worker, the server keeps one unanswered query and refuses more."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

AnswerT = TypeVar("AnswerT")


class SingleFlight(Generic[AnswerT]):
    """Shares the query in flight with everybody who asks for the same workflow."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[AnswerT]] = {}

    async def run(self, key: Hashable, query: Callable[[], Coroutine[Any, Any, AnswerT]]) -> AnswerT:
        """Return the answer of the query in flight, or of a new one. A cancelled caller leaves it to the others.

        Raises:
            Exception: whatever the query raises.
        """
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(query())
            task.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(task)

    def _finished(self, key: Hashable, task: asyncio.Task[AnswerT]) -> None:
        self._tasks.pop(key, None)
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it when every caller was cancelled
