"""The session on real servers and real processes: who owns the server, who runs the workers, and what comes back."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from console.start.child import YIELDING
from console.start.options import LaunchOptions
from console.start.session import Session
from console.start.state import LaunchError, SessionState
from tests.start.conftest import Opener
from tests.support.processes import descendants, free_port, gone
from workflows.runtime.embedded import LOCK_FILE, EmbeddedServer, owned, read_server_file, write_server_file

OURS = "workers run"


async def until(session: Session, wanted: Callable[[SessionState], bool]) -> SessionState:
    """Wait until the session's state is as wanted."""
    async with asyncio.timeout(60):
        while not wanted(session.state):  # noqa: ASYNC110 - reports change it without calling on_change
            await asyncio.sleep(0.05)
    return session.state


def polling(state: SessionState) -> bool:
    """Return whether our own supervisor says that all its workers poll."""
    return state.report is not None and all(worker.state == "polling" for worker in state.report.workers)


def children(kind: str) -> list[psutil.Process]:
    """Return our child processes of that kind."""
    return [child for child in psutil.Process().children() if kind in _command(child)]


def _command(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):  # it has ended, though nobody may have waited for it yet
        return " ".join(process.cmdline())
    return ""


async def test_alone_it_owns_server_and_workers_and_leaves_neither(
    open_session: Opener, options: LaunchOptions
) -> None:
    session = await open_session()
    state = session.state
    assert state.server.address == f"127.0.0.1:{options.server_port}"
    assert (state.server.embedded, state.server.owned, state.server.namespace) == (True, True, "default")
    assert state.server.ui_url is not None
    assert state.search_attributes
    namespace = await session.client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)
    report = (await until(session, polling)).report
    assert report is not None
    assert report.search_attributes
    assert options.data_dir.stat().st_mode & 0o777 == 0o700
    (child,) = children(OURS)  # which works, and yields to what answers keys
    assert (child.nice(), os.getpgid(child.pid)) == (psutil.Process().nice() + YIELDING, child.pid)
    processes = descendants(os.getpid())
    server = read_server_file(options.data_dir)
    assert server is not None
    assert {server.pid, report.pid} <= processes
    await session.close()
    assert gone({server.pid, report.pid})
    assert not owned(options.data_dir)


async def test_a_second_console_attaches_and_takes_over_server_and_workers(open_session: Opener) -> None:
    first = await open_session()
    await until(first, polling)
    second = await open_session()
    assert second.state.server.address == first.state.server.address
    assert (second.state.server.embedded, second.state.server.owned) == (True, False)
    assert second.state.workers == "workers run elsewhere"
    assert len(children(OURS)) == 1
    seen: list[SessionState] = []
    second.on_change = seen.append

    await first.close()
    state = await until(second, lambda state: state.server.owned and polling(state))
    assert state.notice == ""
    assert any("taking over" in state.notice for state in seen)
    assert await second.client.count_workflows() is not None


async def test_workers_that_died_come_back(open_session: Opener) -> None:
    session = await open_session()
    report = (await until(session, polling)).report
    assert report is not None
    os.kill(report.pid, signal.SIGKILL)
    state = await until(session, lambda state: state.report is None)
    assert "starting again" in state.workers
    report_after = (await until(session, polling)).report
    assert report_after is not None
    assert report_after.pid != report.pid


async def test_a_server_comes_back_when_even_its_keeper_was_killed(open_session: Opener) -> None:
    session = await open_session(workers=False)
    before = session.client
    (keeper,) = children("workers server")
    keeper.kill()
    await until(session, lambda state: bool(state.notice))
    await until(session, lambda state: not state.notice)
    assert session.client is before
    assert await session.client.count_workflows() is not None


async def test_a_given_address_that_is_dead_is_an_error_and_nothing_is_started(
    options: LaunchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    with pytest.raises(LaunchError, match=f"no Temporal server answers at {address}.*start it") as caught:
        await Session.open(options)
    assert caught.value.code == 3
    assert "\n" not in str(caught.value)
    assert not options.data_dir.exists()
    assert not children("workers")


async def test_something_else_at_the_default_port_is_left_alone(open_session: Opener, options: LaunchOptions) -> None:
    async def answer_nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(answer_nonsense, "127.0.0.1", options.server_port):
        session = await open_session(workers=False)
        assert session.state.server.owned
        assert not session.state.server.address.endswith(f":{options.server_port}")


async def test_another_namespace_of_a_running_server_is_created(
    open_session: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_session(workers=False)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "another")
    second = await open_session(workers=False)
    assert second.state.server.namespace == "another"
    assert second.state.search_attributes
    assert (await second.client.count_workflows()).count == 0


async def test_in_memory_is_nobody_elses(open_session: Opener) -> None:
    first = await open_session(workers=False)
    second = await open_session(workers=False, ephemeral=True)
    assert second.state.server.owned
    assert second.state.server.address != first.state.server.address


async def test_in_memory_the_store_goes_with_the_server(open_session: Opener, options: LaunchOptions) -> None:
    session = await open_session(ephemeral=True)
    report = (await until(session, polling)).report
    assert report is not None
    store = Path(report.store.removeprefix("sqlite:///"))
    assert await asyncio.to_thread(store.is_file)
    await session.close()
    assert not store.parent.exists()
    assert not (options.data_dir / "store.sqlite").exists()


async def test_in_memory_a_store_that_was_given_is_used_and_stays(
    open_session: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "given.sqlite"
    monkeypatch.setenv("TCONSOLE_STORE_URL", f"sqlite:///{store}")
    session = await open_session(ephemeral=True)
    report = (await until(session, polling)).report
    assert report is not None
    assert report.store == f"sqlite:///{store}"
    await session.close()
    assert store.is_file()


async def test_a_server_whose_owner_is_just_leaving_is_taken_over(options: LaunchOptions) -> None:
    called = asyncio.Event()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        writer.close()

    options.data_dir.mkdir()
    port = free_port()
    with FileLock(options.data_dir / LOCK_FILE):
        leaving = await asyncio.start_server(hang_up, "127.0.0.1", port)
        async with leaving:
            gone_pid = subprocess.Popen(["true"]).pid  # noqa: ASYNC220, S607 - it only lends its number
            server = EmbeddedServer(f"127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}", "default", gone_pid)
            write_server_file(options.data_dir, server)
            opening = asyncio.create_task(Session.open(replace(options, workers=False)))
            await called.wait()
            done, _ = await asyncio.wait({opening}, timeout=2)
            assert not done
    with socket.socket() as nobody:  # has the port, so that no other test's server comes to listen there
        nobody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        nobody.bind(("127.0.0.1", port))
        session = await opening
    try:
        assert session.state.server.owned
        assert await session.client.count_workflows() is not None
    finally:
        await session.close()


@pytest.mark.parametrize("variable", ["TEMPORAL_API_KEY", "TEMPORAL_TLS_SERVER_NAME"])
async def test_credentials_without_an_address_are_refused(
    options: LaunchOptions, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "something")
    with pytest.raises(LaunchError, match="add --address") as caught:
        await Session.open(options)
    assert caught.value.code == 2
    assert "something" not in str(caught.value)


async def test_a_profile_names_the_server(
    options: LaunchOptions, tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = client.service_client.config.target_host
    file = tmp_path / "temporal.toml"
    file.write_text(f'[profile.there]\naddress = "{address}"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_PROFILE", "there")
    session = await Session.open(
        LaunchOptions(options.data_dir, options.server_port, options.task_queues, workers=False)
    )
    assert session.state.server.address == address
    assert (session.state.server.embedded, session.state.server.owned) == (False, False)
    await session.close()

    monkeypatch.setenv("TEMPORAL_PROFILE", "elsewhere")
    with pytest.raises(LaunchError, match="elsewhere") as caught:
        await Session.open(options)
    assert caught.value.code == 2
