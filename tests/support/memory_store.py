"""The real store on a SQLite database in memory, one for each test: cheap to open, and read without waiting."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, Executable, NullPool, Row, create_engine, event

from workers.store.engine import Store
from workers.store.schema import metadata

AnswerT = TypeVar("AnswerT")
GivenTs = TypeVarTuple("GivenTs")


class MemoryStore(Store):
    """Runs each transaction in the caller's thread, whole: nothing else happens in the event loop meanwhile."""

    def __init__(self) -> None:
        super().__init__(_engine())
        # Each connection of this engine has a database of its own; what it compiled is shared by all.
        self._connection = self._engine.connect()

    async def read(self, work: Callable[[Connection, *GivenTs], AnswerT], *given: *GivenTs) -> AnswerT:
        """Return the answer of ``work``."""
        return self.run(work, *given)

    async def write(self, work: Callable[[Connection, *GivenTs], AnswerT], *given: *GivenTs) -> AnswerT:
        """Return the answer of ``work``, or roll back."""
        return self.run(work, *given)

    def run(self, work: Callable[[Connection, *GivenTs], AnswerT], *given: *GivenTs) -> AnswerT:
        """Return the answer of ``work``, at once."""
        with self._connection.begin():
            return work(self._connection, *given)

    @property
    def changes(self) -> int:
        """How many rows were written so far."""
        driver_connection = self._connection.connection.driver_connection
        assert isinstance(driver_connection, sqlite3.Connection)
        return driver_connection.total_changes

    def rows(self, query: Executable) -> Sequence[Row[Any]]:
        """Return all rows of a query, read past the code under test."""
        return self.run(lambda connection: connection.execute(query).all())


@cache
def _engine() -> Engine:
    engine = create_engine("sqlite://", creator=_new_database, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _new_database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    database.deserialize(_template())
    database.execute("PRAGMA foreign_keys = ON")
    return database


@cache
def _template() -> bytes:
    """Return a database with the store's tables: a copy of it takes a hundredth of the time to make them."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        driver_connection = connection.connection.driver_connection
    assert isinstance(driver_connection, sqlite3.Connection)
    return driver_connection.serialize()
