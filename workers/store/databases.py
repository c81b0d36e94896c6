"""The databases that a store may be in: their URLs, and how each is connected to. Every wait has a timeout."""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from workers.store.errors import StoreError

EXAMPLES = "use one like sqlite:////var/lib/tconsole/store.sqlite or postgresql://user:password@host/database"
SQLITE, POSTGRESQL = "sqlite+pysqlite", "postgresql+psycopg"
DRIVERS = dict.fromkeys(("sqlite", SQLITE), SQLITE) | dict.fromkeys(
    ("postgresql", POSTGRESQL, "postgres", "postgres+psycopg"), POSTGRESQL
)
"""The driver for each way to name a kind of database."""

SECRETS = ("password", "sslpassword")

BUSY_SECONDS = 30
"""How long a write waits for another process's write."""

CONNECT_SECONDS = 10
"""How long PostgreSQL may take to answer a new connection."""

LIVELINESS = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
"""Parameters of libpq, in seconds but for the last (milliseconds): gives up a dead server after 30 s."""

APPLICATION = "tconsole-"
"""PostgreSQL's name for our sessions, followed by what tells schemas of one database apart."""

CONNECTIONS = 10
"""Pool size. A transaction waits for a free connection: opening one more would take longer."""

BEGIN = "sqlite_begin"
"""Execution option: the statement that opens a transaction on SQLite, or None for autocommit."""

COMMON: dict[str, Any] = {"pool_size": CONNECTIONS, "max_overflow": 0, "hide_parameters": True}


def parse_store_url(text: str) -> URL:
    """Return the URL with the driver that is used.

    Raises:
        StoreError: it is no URL, names another kind of database, or a SQLite database that is no file.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # SQLAlchemy's message would repeat the text, and with it the password.
        raise StoreError(f"the store's URL cannot be read; {EXAMPLES}") from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreError(f"the store cannot be of kind {url.drivername!r}; {EXAMPLES}")
    if driver == SQLITE and url.host:
        raise StoreError(f"the path of a SQLite store needs three slashes, or four when it is absolute; {EXAMPLES}")
    if driver == SQLITE and (not url.database or url.database.startswith((":memory:", "file:"))):
        # Each connection to a database in memory has one of its own.
        raise StoreError(f"a SQLite store must be a file; {EXAMPLES}")
    return url.set(drivername=driver)


def masked(url: URL) -> str:
    """Return the URL for people, without driver and password."""
    plain = url.set(drivername=url.get_backend_name()).difference_update_query(SECRETS)
    return plain.render_as_string(hide_password=True)


BULK = ("PRAGMA cache_size = -65536", "PRAGMA synchronous = NORMAL")
"""For many rows: 64 MiB of pages, since they touch all of an index, and no wait for the disk in a commit, when others
wait. A checkpoint waits for it; until then a power cut can undo commits, the latest first, and never half of one."""


def connect(url: URL, *, bulk: bool = False) -> Engine:
    """Return the engine of a store's URL, ``bulk`` for many rows; nothing is connected before the first transaction."""
    return _sqlite(url, BULK if bulk else ()) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _sqlite(url: URL, pragmas: Sequence[str]) -> Engine:
    # Not the driver's own transactions: `BEGIN IMMEDIATE` must take the write lock at once. A transaction that
    # reads first and then writes fails instead of waiting if another one wrote meanwhile.
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": BUSY_SECONDS}, **COMMON)
    event.listen(engine, "connect", partial(_set_pragmas, ("PRAGMA foreign_keys = ON", *pragmas)))
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(pragmas: Sequence[str], connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(BEGIN, "BEGIN")
    if statement is not None:
        connection.exec_driver_sql(statement)


def _postgresql(url: URL) -> Engine:
    # A pooler may give each transaction another session, so nothing of ours may stay in one: no prepared statements (by
    # psycopg's default they fail, or even run another client's), and no settings but those of a transaction.
    name = f"{APPLICATION}{hashlib.sha256(str(url.query.get('options', '')).encode()).hexdigest()[:8]}"
    defaults = {"connect_timeout": CONNECT_SECONDS, "application_name": name, **LIVELINESS}
    options = {name: value for name, value in defaults.items() if name not in url.query}
    options |= {"prepare_threshold": None}
    engine = create_engine(url, connect_args=options, pool_pre_ping=True, isolation_level="READ COMMITTED", **COMMON)
    event.listen(engine, "begin", _limit_waiting)
    return engine


def _limit_waiting(connection: Connection) -> None:
    """Limit the wait for a lock: a thread that waits cannot be cancelled."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")


def is_failure(error: Exception) -> bool:
    """Tell whether the database cannot be used, which ends a transaction; a refused statement ends only itself."""
    # Errors of a statement have subclasses; the bare class means a file that is no database.
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError
