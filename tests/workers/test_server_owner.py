"""Whose a server is that answers at the default port: real listeners of this user, of another one, and of a keeper."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.processes import free_port, running
from workflows.runtime.connection import NoServerError
from workflows.runtime.embedded import STATE_FILE, answers
from workflows.runtime.find_server import find_server
from workflows.runtime.server_owner import ServerOwner, owners, why_not_ours
from workflows.runtime.settings import Settings

LISTENS = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"
LISTENS_PERL = (
    "my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1)"
    " or die; sleep 60"
)
NOBODY = 65534


@contextmanager
def listener(port: int, *marks: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that listens there, with marks on its command line."""
    with running([sys.executable, "-c", LISTENS, str(port), *marks]) as process:
        yield process


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give settings of the test's own port and folder, without an address."""
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", os.devnull)
    return Settings(data_dir=tmp_path / "data", server_port=free_port())


@pytest.mark.parametrize(
    ("marks", "taken"),
    [
        ((), False),
        (("--db-filename", "{data}/" + STATE_FILE), True),
        (("--db-filename={data}/" + STATE_FILE,), True),
        (("server", '{{"data_dir": "{data}", "port": 1}}'), True),
        (("server", '{{"data_dir": "{data}er", "port": 1}}'), False),
        (("--db-filename", "{data}/sub/" + STATE_FILE), False),
    ],
)
def test_a_server_serves_the_folder_that_its_command_names(
    tmp_path: Path, marks: Sequence[str], *, taken: bool
) -> None:
    command = [mark.format(data=tmp_path) for mark in marks]
    assert ServerOwner(os.getuid(), 1, command).has_mark_of(tmp_path) is taken


async def test_workers_take_no_server_that_merely_answers(settings: Settings) -> None:
    port, folder = settings.server_port, settings.data_dir.resolve()
    with listener(port) as process:
        await eventually(lambda: answers("127.0.0.1", port))
        (owner,) = owners(port)
        assert (owner.pid, owner.is_same_user) == (process.pid, True)
        with pytest.raises(NoServerError, match=f"yours: process {process.pid}.*--address localhost:{port}"):
            find_server(settings, workers=True)
        assert find_server(settings).address == f"localhost:{port}"  # to look at, and to act as oneself
    with listener(port, "--db-filename", str(folder / STATE_FILE)):
        await eventually(lambda: answers("127.0.0.1", port))
        assert find_server(settings, workers=True).address == f"localhost:{port}"
    with listener(port, "--db-filename", f"/elsewhere/{STATE_FILE}"):
        await eventually(lambda: answers("127.0.0.1", port))
        with pytest.raises(NoServerError, match="the embedded server of /elsewhere"):
            find_server(settings, workers=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")
async def test_another_users_server_is_nobodys_here_whatever_it_says_of_itself(settings: Settings) -> None:
    port, mark = settings.server_port, str(settings.data_dir.resolve() / STATE_FILE)
    command = [
        "perl",
        "-MIO::Socket",
        "-e",
        LISTENS_PERL,
        str(port),
        mark,
    ]  # others cannot start a Python in root's home
    with subprocess.Popen(command, user=NOBODY) as process:  # noqa: ASYNC220, S603 - our own
        try:
            await eventually(lambda: answers("127.0.0.1", port))
            for workers in (False, True):
                assert why_not_ours(port, settings.data_dir, workers=workers)
                with pytest.raises(NoServerError, match=r"nobody's.*--address"):
                    find_server(settings, workers=workers)
        finally:
            process.kill()
