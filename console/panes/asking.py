"""Questions to a workflow, one at a time: the server keeps but one unanswered query of each, and refuses more."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from console.gateway.rows import RowKey

AnswerT = TypeVar("AnswerT")


class OneAtATime(Generic[AnswerT]):
    """Lets everybody who asks the same workflow share the question that is under way."""

    def __init__(self) -> None:
        self._asked: dict[RowKey, asyncio.Task[AnswerT]] = {}

    async def ask(self, key: RowKey, question: Callable[[], Coroutine[Any, Any, AnswerT]]) -> AnswerT:
        """Return the answer to the question under way, or to a new one. Whoever is cancelled leaves it to the others.

        Raises:
            Exception: whatever the question raises.
        """
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(question())
            task.add_done_callback(lambda done: self._answered(key, done))
        return await asyncio.shield(task)

    def _answered(self, key: RowKey, task: asyncio.Task[AnswerT]) -> None:
        self._asked.pop(key, None)
        if not task.cancelled():
            task.exception()  # it has been seen, even when nobody waits for it any more
