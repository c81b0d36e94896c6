"""The embedded server's keeper as a process, with a real server."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.processes import Run, clean_environment, descendants, free_port, gone, wait_until, workers_process
from tests.support.temporal import fresh
from workflows.runtime.embedded import EmbeddedServer, KeeperReport, answers, owned, read_server_file


@pytest.fixture
def keepers(tmp_path: Path) -> Iterator["Keepers"]:
    """Give a way to start keepers of one data folder."""
    with ExitStack() as stack:
        yield Keepers(tmp_path, free_port(), stack)


class Keepers:
    """Starts keepers of one data folder, which want one port."""

    def __init__(self, home: Path, port: int, stack: ExitStack) -> None:
        self.data_dir = home / "data"
        self.port = port
        self._stack = stack
        self._environment = clean_environment(home)

    def start(self, *more: str) -> Run:
        """Start one."""
        arguments = ["server", "--data-dir", str(self.data_dir), "--port", str(self.port), *more]
        return self._stack.enter_context(workers_process(*arguments, environment=self._environment))


def server_in(line: str) -> EmbeddedServer:
    """Return the server that a report names."""
    server = KeeperReport.from_json(line).server
    assert server is not None
    return server


def ready(keeper: Run) -> EmbeddedServer:
    """Wait until its own server answers."""
    return server_in(keeper.wait_for('"ready"'))


def port_of(server: EmbeddedServer) -> int:
    """Return the server's port."""
    return int(server.address.rpartition(":")[2])


async def start_workflow(server: EmbeddedServer) -> str:
    """Start a workflow that nobody works on, and return its ID."""
    client = await Client.connect(server.address)
    handle = await client.start_workflow("Nobodys", id=fresh("kept"), task_queue=fresh("nobody"))
    return handle.id


async def is_running(server: EmbeddedServer, workflow_id: str) -> bool:
    """Return whether the server knows that workflow as running."""
    client = await Client.connect(server.address)
    description = await client.get_workflow_handle(workflow_id).describe()
    return description.close_time is None


async def test_everything_is_still_there_after_a_restart(keepers: Keepers) -> None:
    first = keepers.start()
    server = ready(first)
    assert port_of(server) == keepers.port
    assert read_server_file(keepers.data_dir) == server
    workflow_id = await start_workflow(server)
    first.hang_up()
    assert first.wait() == 0
    assert read_server_file(keepers.data_dir) is None
    assert not owned(keepers.data_dir)

    again = ready(keepers.start())
    assert await is_running(again, workflow_id)


@pytest.mark.parametrize("how", ["hang up", "SIGTERM", "SIGKILL"])
async def test_a_second_keeper_attaches_and_takes_over_at_the_same_address(keepers: Keepers, how: str) -> None:
    owner = keepers.start()
    server = ready(owner)
    workflow_id = await start_workflow(server)
    second = keepers.start()
    assert server_in(second.wait_for('"attached"')) == server
    assert owned(keepers.data_dir)

    if how == "hang up":
        owner.hang_up()
    else:
        owner.process.send_signal(signal.Signals[how])
    taken_over = ready(second)
    assert taken_over.address == server.address
    assert taken_over.ui_url == server.ui_url
    assert taken_over.pid != server.pid
    assert gone({server.pid})
    assert await is_running(taken_over, workflow_id)


async def test_of_three_keepers_one_takes_over_and_one_goes_on_waiting(keepers: Keepers) -> None:
    owner = keepers.start()
    server = ready(owner)
    waiting = [keepers.start(), keepers.start()]
    for keeper in waiting:
        keeper.wait_for('"attached"')
    owner.hang_up()
    wait_until(lambda: _pid(keepers) not in {None, server.pid}, "nobody took over")
    now = read_server_file(keepers.data_dir)
    assert now is not None
    parents = {keeper.process.pid: descendants(keeper.process.pid) for keeper in waiting}
    assert sorted(len(children) for children in parents.values()) == [0, 1]
    loser = next(keeper for keeper in waiting if not parents[keeper.process.pid])
    assert server_in(loser.wait_for('"attached"')) == now


def _pid(keepers: Keepers) -> int | None:
    server = read_server_file(keepers.data_dir)
    return server.pid if server and answers("127.0.0.1", port_of(server)) else None


async def test_a_server_that_dies_comes_back_at_the_same_address(keepers: Keepers) -> None:
    keeper = keepers.start()
    server = ready(keeper)
    workflow_id = await start_workflow(server)
    os.kill(server.pid, signal.SIGKILL)
    assert "ended with code -9" in keeper.wait_for('"starting"')
    back = ready(keeper)
    assert back.address == server.address
    assert await is_running(back, workflow_id)


async def test_a_taken_port_is_left_alone(keepers: Keepers) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", keepers.port))
        other.listen()
        server = ready(keepers.start())
        assert port_of(server) != keepers.port
        assert answers("127.0.0.1", int(server.ui_url.rpartition(":")[2]))


@pytest.mark.parametrize("how", ["hang up", "SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"])
def test_however_a_keeper_ends_its_server_ends_too(keepers: Keepers, how: str) -> None:
    keeper = keepers.start("--ephemeral")
    server = ready(keeper)
    if how == "hang up":
        keeper.hang_up()
    else:
        keeper.process.send_signal(signal.Signals[how])
    assert keeper.wait() == (-signal.SIGKILL if how == "SIGKILL" else 0)
    wait_until(lambda: gone({server.pid}), "the server stayed")


def test_a_server_in_memory_leaves_nothing_but_its_log(keepers: Keepers) -> None:
    keeper = keepers.start("--ephemeral")
    ready(keeper)
    assert not owned(keepers.data_dir)
    keeper.hang_up()
    keeper.wait()
    assert {path.name for path in keepers.data_dir.rglob("*")} == {"logs", "server.log"}


def test_a_data_folder_that_cannot_be_used_is_named(keepers: Keepers) -> None:
    keepers.data_dir.write_text("a file, not a folder")
    keeper = keepers.start()
    report = KeeperReport.from_json(keeper.wait_for('"failed"'))
    assert str(keepers.data_dir) in report.text
    assert keeper.wait() == 3


def test_a_spoilt_state_file_is_said_with_the_servers_own_words(keepers: Keepers) -> None:
    keepers.data_dir.mkdir()
    (keepers.data_dir / "temporal.sqlite").write_text("this is no database, but long enough to be looked at" * 100)
    keeper = keepers.start()
    report = KeeperReport.from_json(keeper.wait_for('"failed"'))
    assert "file is not a database" in report.text
    assert "server.log" in report.text
    assert keeper.wait() == 3
    assert not owned(keepers.data_dir)
