"""Group commit: the writes of one process that wait for their turn share one transaction of SQLite.

SQLite takes one writer at a time, and a transaction of its own costs each write a thread hop, a BEGIN and a COMMIT with
its fsync. No write is answered before the COMMIT, so an answer says as much as with a transaction of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from workers.store.databases import is_failure

AnswerT = TypeVar("AnswerT")

MAX_GROUP = 32
"""Writes in one transaction, for whose end other processes wait."""

Work = Callable[[Connection], Any]


class GroupCommit:
    """Runs writes in the order in which they were asked for. ``transact`` runs a function in a transaction."""

    def __init__(self, transact: Callable[[Work], Awaitable[None]]) -> None:
        self._transact = transact
        self._waiting: list[_Write] = []
        self._running: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[Connection], AnswerT]) -> AnswerT:
        """Return what ``work`` returned, once that is committed, or raise what it raised; then it changed nothing."""
        write = _Write(work)
        self._waiting.append(write)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            # Unlike awaiting it, this leaves it alone if we are cancelled.
            await asyncio.wait([write.ended])
        except asyncio.CancelledError:
            if write in self._waiting:
                self._waiting.remove(write)
            else:
                await asyncio.wait([write.ended])
            raise
        answer: AnswerT = write.ended.result()
        return answer

    async def _run(self) -> None:
        group: Sequence[_Write] = []
        try:
            while group := group or self._next_group():
                group = await self._commit(group)
        finally:
            self._running = None
            for write in [*group, *self._waiting]:  # none, unless the event loop is closing
                write.ended.cancel()

    def _next_group(self) -> "Sequence[_Write]":
        group, self._waiting = self._waiting[:MAX_GROUP], self._waiting[MAX_GROUP:]
        return group

    async def _commit(self, group: "Sequence[_Write]") -> "Sequence[_Write]":
        """End the writes with one transaction; return those that are left since it failed because of another one."""
        try:
            await self._transact(partial(_do_all, group))
        except Exception as error:  # noqa: BLE001 - raised again where the write is awaited
            reasons = [write for write in group if write.error is not None and is_failure(write.error)]
            ended = reasons or group  # without a reason, the transaction could not begin or be committed
            for write in ended:
                write.end(error)
            return [write for write in group if write not in ended]
        for write in group:
            write.end(write.error)
        return []


class _Write:
    """One write, and how it ended."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.answer: Any = None
        self.error: Exception | None = None
        self.ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def end(self, error: Exception | None) -> None:
        """Let whoever awaits it go on."""
        if error is None:
            self.ended.set_result(self.answer)
        else:
            self.ended.set_exception(error)
            self.ended.exception()  # marks it as retrieved: a cancelled task does not ask


def _do_all(group: Sequence[_Write], connection: Connection) -> None:
    """Do each write; one that fails is undone alone, unless the database failed and with it the transaction."""
    if len(group) == 1:
        group[0].answer = group[0].work(connection)
        return
    for write in group:
        write.error = None
        try:
            with connection.begin_nested():
                write.answer = write.work(connection)
        except Exception as error:
            write.error = error
            if is_failure(error):
                raise
