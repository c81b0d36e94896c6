"""The embedded server's keeper as a process, with a real server."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client

from console.gateway.run_look import can_pause
from tests.support.eventually import eventually
from tests.support.processes import clean_environment, ended, free_port, gone, running
from tests.support.temporal import fresh
from workflows.runtime.embedded import (
    EmbeddedServer,
    KeeperOptions,
    parse_server,
    read_server,
    server_process,
    write_server,
)

NOT_READY = EmbeddedServer("starting")


class Keepers:
    """Starts keepers of one data folder, one after the other, and is their only user."""

    def __init__(self, home: Path) -> None:
        self.data_dir = home / "data"
        self.port = free_port()
        self.process = server_process(self.data_dir / "run")
        self.child: subprocess.Popen[bytes]
        self._home = home
        self._users = -1

    def start(self, *, ephemeral: bool = False) -> "Keepers":
        """Start one."""
        self._users = self.process.join()
        lock = self.process.acquire()
        assert lock is not None
        options = KeeperOptions(str(self.data_dir), str(self.process.folder), "default", self.port, ephemeral)
        command = ["server", json.dumps(asdict(options))]
        log = self._home / "keeper.log"
        self.child = self.process.start(lock, command, environment=clean_environment(self._home), log=log)
        return self

    def server(self) -> EmbeddedServer:
        """Return how the server is now."""
        return read_server(self.process) or NOT_READY

    async def ready(self) -> EmbeddedServer:
        """Wait until the server answers."""
        return await eventually(self.server, lambda server: server.state == "ready")

    async def failure(self) -> str:
        """Wait until the keeper gives up, and return why."""
        assert await ended(self.child) == 3
        assert self.server().state == "failed"
        assert not self.process.is_running()
        return self.server().text

    def leave(self) -> None:
        """Stop being a user."""
        if self._users >= 0:
            os.close(self._users)
        self._users = -1


@pytest.fixture
async def keepers(tmp_path: Path) -> AsyncIterator[Keepers]:
    """Give a way to start keepers of one data folder."""
    keepers = Keepers(tmp_path)
    yield keepers
    keepers.leave()
    if hasattr(keepers, "child"):
        await ended(keepers.child)


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


async def test_without_users_it_ends(keepers: Keepers) -> None:
    server = await keepers.start().ready()
    another = keepers.process.join()
    keepers.leave()
    assert not keepers.process.is_abandoned()
    os.close(another)
    assert await ended(keepers.child) == 0
    assert gone({server.pid})
    assert keepers.process.read() == {}
    assert not keepers.process.is_running()


async def test_a_server_that_dies_comes_back_at_the_same_address(keepers: Keepers) -> None:
    server = await keepers.start().ready()
    workflow_id = await start_workflow(server)
    os.kill(server.pid, signal.SIGKILL)
    await eventually(keepers.server, lambda found: "ended with code -9" in found.text)
    back = await keepers.ready()
    assert back.address == server.address
    assert await is_running(back, workflow_id)
    assert await can_pause(await Client.connect(back.address))


async def test_however_a_keeper_ends_its_server_ends_too_and_comes_back_with_its_data(keepers: Keepers) -> None:
    server = await keepers.start().ready()
    assert port_of(server) == keepers.port
    workflow_id = await start_workflow(server)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        keepers.child.send_signal(signal.SIGHUP)  # there is no terminal whose end would matter
        keepers.child.send_signal(number)
        assert await ended(keepers.child) == (-number if number == signal.SIGKILL else 0)
        await eventually(partial(gone, {server.pid}))
        keepers.leave()
        address, server = server.address, await keepers.start().ready()
        assert server.address == address
        assert await is_running(server, workflow_id)


@pytest.mark.parametrize("ours", [True, False])
async def test_a_server_that_outlived_its_keeper_is_ended_and_nobody_else(keepers: Keepers, *, ours: bool) -> None:
    state = keepers.data_dir / ("temporal.sqlite" if ours else "another.sqlite")
    command = [sys.executable, "-c", "import time; time.sleep(60)", str(state)]  # stands in for a server
    with running(command) as left:
        os.close(keepers.process.join())
        address, ui_url = (f"127.0.0.1:{free_port()}" for _ in range(2))
        write_server(keepers.process, EmbeddedServer("ready", address, ui_url, left.pid))
        assert (await keepers.start().ready()).address == address
        assert gone({left.pid}) is ours


async def test_a_taken_port_is_left_alone(keepers: Keepers) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", keepers.port))
        other.listen()
        server = await keepers.start().ready()
        assert port_of(server) != keepers.port


async def test_a_server_in_memory_leaves_nothing_but_its_log(keepers: Keepers) -> None:
    await keepers.start(ephemeral=True).ready()
    keepers.leave()
    await ended(keepers.child)
    assert {path.name for path in keepers.data_dir.rglob("*")} == {"logs", "server.log"}


async def test_a_data_folder_that_is_removed_ends_it(keepers: Keepers) -> None:
    server = await keepers.start(ephemeral=True).ready()
    for path in keepers.process.folder.iterdir():
        path.unlink()
    keepers.process.folder.rmdir()
    assert await ended(keepers.child) == 0
    assert gone({server.pid})


async def test_a_data_folder_that_cannot_be_used_is_named(keepers: Keepers) -> None:
    keepers.data_dir.mkdir()
    (keepers.data_dir / "logs").write_text("a file, not a folder")
    assert str(keepers.data_dir) in await keepers.start().failure()


async def test_a_spoilt_state_file_is_said_with_the_servers_own_words(keepers: Keepers) -> None:
    keepers.data_dir.mkdir()
    (keepers.data_dir / "temporal.sqlite").write_text("this is no database, but long enough to be looked at" * 100)
    failure = await keepers.start().failure()
    assert "file is not a database" in failure
    assert "server.log" in failure


@pytest.mark.parametrize("state", [{}, {"x": 1}, {"state": "ready", "server": None}])
def test_another_state_describes_no_server(state: dict[str, object]) -> None:
    assert parse_server(state) is None
