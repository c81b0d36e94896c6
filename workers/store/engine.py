"""The connection to the store: one engine, transactions for reading and for writing, clear errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Self

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from workers.store.errors import StoreError, UnfitStoreError
from workers.store.url import masked, parse_store_url

BUSY_SECONDS = 30
"""How long a write to SQLite waits for another process's write."""

CONNECT_SECONDS = 10
"""How long PostgreSQL may take to answer a new connection."""

CONNECTIONS = 10
"""How many connections one process keeps. Who finds none free waits: opening one more would take longer."""

BEGIN = "sqlite_begin"
"""Execution option: the statement that opens a transaction on SQLite; None works outside of any."""


class Store:
    """One SQL database that several processes share. Build it with `workers.store.migrate.open_store`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self.masked_url = masked(engine.url)
        self.is_sqlite = engine.dialect.name == "sqlite"
        # SQLite takes one writer at a time. Waiting here is fair and costs nothing; its own waiting is polling.
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the store at ``url``; nothing is connected before the first transaction.

        Raises:
            StoreError: the URL is not one of a store.
        """
        return cls(_engine(parse_store_url(url)))

    @property
    def url(self) -> URL:
        """The whole URL, with the password."""
        return self._engine.url

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads.

        Raises:
            StoreError: the database cannot be reached or used.
        """
        async with self._clear_errors(), self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: all of it happens, or nothing when the block raises.

        Raises:
            StoreError: the database cannot be reached or used.
        """
        async with self._clear_errors(), self._turn, self._writer.begin() as connection:
            yield connection

    async def enable_write_ahead_log(self) -> None:
        """Let readers of a SQLite file go on while somebody writes. The file remembers it."""
        outside = self._engine.execution_options(**{BEGIN: None})
        async with self._clear_errors(), outside.begin() as connection:
            await connection.exec_driver_sql("PRAGMA journal_mode = WAL")

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _clear_errors(self) -> AsyncIterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            raise self._unusable(error.orig or error) from error
        except DatabaseError as error:
            # Errors of the statement itself have classes of their own; the bare one is a file that is no database.
            if type(error) is DatabaseError:
                raise UnfitStoreError(str(self._unusable(error.orig or error))) from error
            raise
        except (PoolTimeoutError, OSError) as error:
            raise self._unusable(error) from error

    def _unusable(self, cause: BaseException) -> StoreError:
        return StoreError(f"the store {self.masked_url} cannot be used: {' '.join(str(cause).split())}")


def _engine(url: URL) -> AsyncEngine:
    common: dict[str, Any] = {"pool_size": CONNECTIONS, "max_overflow": 0, "hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        # Without the driver's own transactions, so that `BEGIN IMMEDIATE` can take the write lock at once: a
        # transaction that starts by reading and then writes would fail, not wait, when another one wrote meanwhile.
        options = {"isolation_level": None, "timeout": BUSY_SECONDS}
        engine = create_async_engine(url, connect_args=options, **common)
        event.listen(engine.sync_engine, "connect", _enforce_foreign_keys)
        event.listen(engine.sync_engine, "begin", _begin)
        event.listen(engine.sync_engine, "invalidate", _give_up_transaction)
        return engine
    options = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    return create_async_engine(
        url, connect_args=options, pool_pre_ping=True, isolation_level="READ COMMITTED", **common
    )


def _enforce_foreign_keys(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(BEGIN, "BEGIN")
    if statement is not None:
        connection.exec_driver_sql(statement)


def _give_up_transaction(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _: BaseException | None) -> None:
    """End the transaction of a connection that is given up because its task was cancelled.

    Closing it is not enough: SQLite keeps a closed connection, with its lock, until the last cursor is collected.
    """
    connection.rollback()
