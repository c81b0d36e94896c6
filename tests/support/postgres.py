"""A PostgreSQL server for tests: a given one, or one from the machine's own binaries."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.eventually import eventually_blocking
from tests.support.processes import free_port
from tests.support.temporal import fresh

SERVER_URL = "TCONSOLE_TEST_POSTGRES_URL"
START_SECONDS = 30


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the URL of a server: of ``TCONSOLE_TEST_POSTGRES_URL``, or one that is started here. Skips without both."""
    if given := os.environ.get(SERVER_URL):
        yield given
        return
    folder = _binaries()
    if folder is None:
        pytest.skip(f"no PostgreSQL server: set {SERVER_URL}, or install one (on Debian: apt-get install postgresql)")
    with _cluster(folder) as url:
        yield url


@contextmanager
def fresh_schema(server_url: str) -> Iterator[str]:
    """Give the URL of an empty schema on the server, and drop it afterwards."""
    schema = fresh("t").replace("-", "_")
    url = make_url(server_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"'.encode())
        try:
            own = url.update_query_dict({"options": f"-csearch_path={schema}"})
            yield own.render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())


def _binaries() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda path: float(path.parts[-3]), default=None)
    return newest.parent if newest else None


@contextmanager
def _cluster(binaries: Path) -> Iterator[str]:
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="tconsole-postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "tester", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(  # noqa: S603 - our own arguments
            [*initdb, "--locale=C"], check=True, capture_output=True, user=user, cwd=folder
        )
        port = free_port()
        # -F: without fsync.
        options = ["-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-F"]
        server = [str(binaries / "postgres"), *options]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(server, stdout=log, stderr=log, user=user, cwd=folder)  # noqa: S603 - as above
        try:
            url = f"postgresql://tester@127.0.0.1:{port}/postgres"
            eventually_blocking(lambda: _answers(url), describe=(folder / "log").read_text, seconds=START_SECONDS)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True
