"""The store: runs transactions in threads, with clear errors."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Self, TypeVar, TypeVarTuple

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DatabaseError, DBAPIError

from workers.store.databases import BEGIN, CONNECTIONS, connect, is_failure, masked, parse_store_url
from workers.store.errors import StoreError, UnfitStoreError
from workers.store.group_commit import GroupCommit

AnswerT = TypeVar("AnswerT")
GivenTs = TypeVarTuple("GivenTs")


class Store:
    """One SQL database that several processes share. Open it with `workers.store.migrate.open_store`.

    A transaction is a plain function of a connection. It runs whole, from BEGIN to COMMIT, in one of the store's
    threads: a thread hop for each statement would cost several times the statement.

    A thread cannot be stopped. A task cancelled during its transaction ends after the transaction, which commits
    unless it fails; a task cancelled while it waits for its turn has done nothing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="store")
        self.masked_url = masked(engine.url)
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._groups = GroupCommit(self._write_alone) if self.is_sqlite else None

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the store at ``url``; nothing is connected before the first transaction.

        Raises:
            StoreError: the URL is not one of a store.
        """
        return cls(connect(parse_store_url(url)))

    @property
    def url(self) -> URL:
        """The whole URL, with the password."""
        return self._engine.url

    @asynccontextmanager
    async def bulk(self) -> AsyncIterator[Self]:
        """Give the same store for writes of many rows. When the block has ended well, these have reached the disk.

        Raises:
            StoreError: the database cannot be reached or used.
        """
        store = type(self)(connect(self.url, bulk=True))
        try:
            yield store
            await store.checkpoint()
        finally:
            await store.close()

    async def read(self, work: Callable[[Connection, *GivenTs], AnswerT], *given: *GivenTs) -> AnswerT:
        """Return the answer of ``work(connection, *given)``, in a transaction that only reads.

        Raises:
            StoreError: the database cannot be reached or used.
        """
        return await self._in_thread(self._engine, work, given)

    async def write(self, work: Callable[[Connection, *GivenTs], AnswerT], *given: *GivenTs) -> AnswerT:
        """Return the answer of ``work(connection, *given)``, in a transaction that rolls back if it raises.

        Raises:
            StoreError: the database cannot be reached or used.
        """
        if self._groups is None:
            return await self._in_thread(self._writer, work, given)
        return await self._groups.write(partial(_call, work, given))

    async def snapshot(self, work: Callable[[Connection, *GivenTs], AnswerT], *given: *GivenTs) -> AnswerT:
        """Return the answer of ``work``, which sees the whole database as of one moment.

        Raises:
            StoreError: the database cannot be reached or used.
        """
        return await self._in_thread(self._engine.execution_options(isolation_level="REPEATABLE READ"), work, given)

    def write_now(self, work: Callable[[Connection, *GivenTs], AnswerT], *given: *GivenTs) -> AnswerT:
        """Do the same as :meth:`write` in the caller's thread, which must not be that of the event loop."""
        return self._transact(self._writer, work, given)

    async def checkpoint(self) -> None:
        """Move what was committed from the write-ahead log of a SQLite file to the file, and wait for the disk."""
        if self.is_sqlite:
            await self._in_thread(self._engine.execution_options(**{BEGIN: None}), _checkpoint, ())

    async def enable_write_ahead_log(self) -> None:
        """Let readers of a SQLite file go on during a write. The file remembers it."""
        await self._in_thread(self._engine.execution_options(**{BEGIN: None}), _enable_write_ahead_log, ())

    async def close(self) -> None:
        """Wait for the transactions under way, and close all connections."""
        await asyncio.to_thread(self._close)

    async def _write_alone(self, work: Callable[[Connection], None]) -> None:
        await self._in_thread(self._writer, work, ())

    async def _in_thread(
        self, engine: Engine, work: Callable[[Connection, *GivenTs], AnswerT], given: tuple[*GivenTs]
    ) -> AnswerT:
        task = self._threads.submit(self._transact, engine, work, given)
        running = asyncio.wrap_future(task)
        try:
            # Unlike awaiting it, this leaves it running if we are cancelled.
            await asyncio.wait([running])
        except asyncio.CancelledError:
            if not task.cancel():
                await asyncio.wait([running])
                running.exception()  # marks it as retrieved
            raise
        return running.result()

    def _transact(
        self, engine: Engine, work: Callable[[Connection, *GivenTs], AnswerT], given: tuple[*GivenTs]
    ) -> AnswerT:
        try:
            with engine.begin() as connection:
                return work(connection, *given)
        except DBAPIError as error:
            if not is_failure(error):
                raise
            unfit = type(error) is DatabaseError
            raise (UnfitStoreError if unfit else StoreError)(self._words(error)) from error

    def _words(self, error: DBAPIError) -> str:
        return f"the store {self.masked_url} cannot be used: {' '.join(str(error.orig or error).split())}"

    def _close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()


def _call(work: Callable[[Connection, *GivenTs], AnswerT], given: tuple[*GivenTs], connection: Connection) -> AnswerT:
    return work(connection, *given)


def _checkpoint(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")


def _enable_write_ahead_log(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
