"""PgBouncer in transaction mode, in front of a PostgreSQL server: each transaction may have another session."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from tests.support.eventually import POLL_INTERVAL, TIMEOUT
from tests.support.processes import free_port
from tests.support.temporal import fresh

SESSIONS = 2
"""Of the server, which all clients share."""

CONFIG = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
logfile = {folder}/log
"""


@contextmanager
def pooled_database(server_url: str) -> Iterator[str]:
    """Give the URL, by way of a pooler, of an empty database on the server. Skips where there is no PgBouncer."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("no PgBouncer: install it (on Debian: apt-get install pgbouncer)")
    server = make_url(server_url).set(drivername="postgresql")
    name = fresh("pooled").replace("-", "_")
    with psycopg.connect(_text(server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            with _pooler(program, server) as port:
                yield _text(URL.create("postgresql", "tester", host="127.0.0.1", port=port, database=name))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def _pooler(program: str, server: URL) -> Iterator[int]:
    # It refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    folder, port = Path(tempfile.mkdtemp(prefix="tconsole-pgbouncer-")), free_port()
    known = {"host": server.host, "port": server.port, "user": server.username, "password": server.password}
    target = " ".join(f"{name}={value}" for name, value in known.items() if value is not None)
    config = folder / "config"
    config.write_text(CONFIG.format(server=target, port=port, sessions=SESSIONS, folder=folder))
    if user:
        for path in (folder, config):
            shutil.chown(path, user)
    process = subprocess.Popen([program, "--quiet", str(config)], user=user, cwd=folder, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        _wait(port, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, log: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < TIMEOUT:
        with suppress(psycopg.OperationalError):
            # The pooler's own database answers without the server.
            psycopg.connect(host="127.0.0.1", port=port, dbname="pgbouncer", user="tester", autocommit=True).close()
            return
        time.sleep(POLL_INTERVAL)
    raise AssertionError(log.read_text() if log.exists() else "PgBouncer does not listen")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
