"""The two kinds of database, and how each is connected to. No wait for one is without end: see the constants."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
"""How long a write waits for another process's write."""

CONNECT_SECONDS = 10
"""How long PostgreSQL may take to answer a new connection."""

LIVELINESS = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
"""Parameters of libpq, seconds but for the last one (milliseconds): after 30 s a server that is gone is given up."""

CONNECTIONS = 10
"""How many connections one process keeps. Who finds none free waits: opening one more would take longer."""

BEGIN = "sqlite_begin"
"""Execution option: the statement that opens a transaction on SQLite; None works outside of any."""

COMMON: dict[str, Any] = {"pool_size": CONNECTIONS, "max_overflow": 0, "hide_parameters": True}


def connect(url: URL) -> Engine:
    """Return the engine of a store's URL; nothing is connected before the first transaction."""
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _sqlite(url: URL) -> Engine:
    # Without the driver's own transactions, so that `BEGIN IMMEDIATE` can take the write lock at once: a
    # transaction that starts by reading and then writes would fail, not wait, when another one wrote meanwhile.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": BUSY_SECONDS}, **COMMON)
    event.listen(engine, "connect", _enforce_foreign_keys)
    event.listen(engine, "begin", _begin)
    return engine


def _enforce_foreign_keys(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(BEGIN, "BEGIN")
    if statement is not None:
        connection.exec_driver_sql(statement)


def _postgresql(url: URL) -> Engine:
    defaults = {"connect_timeout": CONNECT_SECONDS, **LIVELINESS}
    options = {name: value for name, value in defaults.items() if name not in url.query}
    engine = create_engine(url, connect_args=options, pool_pre_ping=True, isolation_level="READ COMMITTED", **COMMON)
    event.listen(engine, "connect", _limit_waiting)
    return engine


def _limit_waiting(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let nobody wait for a lock without end: a thread that waits cannot be cancelled."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    cursor.close()
    connection.commit()
