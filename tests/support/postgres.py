"""A PostgreSQL server for tests: a given one, or one from the machine's own binaries."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.processes import free_port
from tests.support.temporal import fresh

SERVER_URL = "TCONSOLE_TEST_POSTGRES_URL"


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

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)  # noqa: S603 - our own

    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        options = ["--auth=trust", "--no-sync", "--locale=C", "-E", "UTF8"]
        run(str(binaries / "initdb"), "-D", str(data), "-U", "tester", *options)
        port = free_port()
        pg_ctl = [str(binaries / "pg_ctl"), "-D", str(data), "-w"]
        # -F: without fsync.
        run(*pg_ctl, "-l", str(folder / "log"), "-o", f"-p {port} -h 127.0.0.1 -k {folder} -F", "start")
        try:
            yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        finally:
            run(*pg_ctl, "-m", "fast", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
