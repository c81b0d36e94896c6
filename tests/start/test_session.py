"""The session on real servers and real processes: what it starts, what comes back, and what it leaves."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from console.start.demo import DemoRunsError, boxed, reset
from console.start.options import LaunchOptions
from console.start.server_choice import Embedded, Given, find_server
from console.start.session import Session
from console.start.state import LaunchError, SessionState
from console.web import open_web_ui
from tests.start.conftest import Opener
from tests.support.eventually import eventually
from tests.support.processes import processes_of
from tests.support.temporal import new_namespace
from workflows.runtime.background import NICENESS
from workflows.runtime.embedded import EmbeddedServer, demo_folder, server_process, write_server


async def until(session: Session, wanted: Callable[[SessionState], bool]) -> SessionState:
    """Wait until the session's state is as wanted."""
    return await eventually(lambda: session.state, wanted)


def polling(state: SessionState) -> bool:
    """Return whether our own supervisor says that all its workers poll."""
    return state.report is not None and all(worker.state == "polling" for worker in state.report.workers)


async def supervisor(session: Session) -> int:
    """Wait until the workers poll, and return the supervisor's process ID."""
    report = (await until(session, polling)).report
    assert report is not None
    return report.pid


async def test_alone_it_starts_server_and_workers_and_starts_them_anew_when_they_have_begun_to_end(
    open_session: Opener, options: LaunchOptions
) -> None:
    session = await open_session(head_start_seconds=1.0)
    state = session.state
    assert state.workers == "workers are starting"
    assert not processes_of(options.data_dir, "run")  # the screen has the processors to itself at first
    assert state.server.address == f"127.0.0.1:{options.server_port}"
    assert (state.server.embedded, state.server.namespace) == (True, "default")
    assert state.server.ui_url is None or await open_web_ui(state.server, state.server.ui_url)
    assert state.server.words.startswith(f"embedded server of {options.data_dir}, 127.0.0.1:")
    assert state.search_attributes
    namespace = await session.client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)
    pid = await supervisor(session)
    assert session.state.report is not None
    assert session.state.report.search_attributes
    assert {folder.stat().st_mode & 0o777 for folder in (options.data_dir, options.data_dir / "run")} == {0o700}
    assert processes_of(options.data_dir, "run") == {pid}
    assert len(processes_of(options.data_dir)) == 3  # keeper, server, supervisor
    assert psutil.Process(pid).nice() == psutil.Process().nice() + NICENESS
    assert os.getsid(pid) == pid

    await session.close()
    states = options.data_dir / "run"
    await eventually(lambda: not [state for state in states.glob("*.json") if state.name != "server.json"])
    second = await open_session()
    assert await supervisor(second) != pid
    assert await second.client.count_workflows() is not None
    assert len(processes_of(options.data_dir)) == 3


async def test_consoles_that_open_at_once_share_all_and_keep_it_when_others_leave(
    open_session: Opener, options: LaunchOptions
) -> None:
    sessions = await asyncio.gather(*(open_session() for _ in range(5)))
    last = sessions[-1]
    assert [session.state.server for session in sessions] == [last.state.server] * 5
    assert len({await supervisor(session) for session in sessions}) == 1
    before = processes_of(options.data_dir)
    assert len(before) == 3
    for session in sessions[:-1]:
        await session.close()
    await asyncio.sleep(1)
    assert processes_of(options.data_dir) == before
    assert await last.client.count_workflows() is not None
    assert last.state.notice == ""


async def test_a_process_that_was_killed_comes_back_for_every_console(
    open_session: Opener, options: LaunchOptions
) -> None:
    sessions = [await open_session(), await open_session()]
    before = sessions[0].client
    for kind in ("run", "server"):
        for session in sessions:
            await supervisor(session)
        (pid,) = processes_of(options.data_dir, kind)
        seen: list[SessionState] = []
        sessions[1].on_change = seen.append
        os.kill(pid, signal.SIGKILL)
        await eventually(
            lambda: processes_of(options.data_dir, kind),  # noqa: B023 - waited for here
            lambda found: found and pid not in found,  # noqa: B023 - as above
        )
        for session in sessions:
            await until(session, lambda state: not state.notice and polling(state))
        assert any("start" in state.workers + state.notice for state in seen)
        assert sessions[0].client is before
        assert await sessions[0].client.count_workflows() is not None
        await eventually(lambda: len(processes_of(options.data_dir)) == 3)


async def test_workers_that_cannot_use_what_they_were_told_are_given_up(
    open_session: Opener, options: LaunchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await open_session(head_start_seconds=0.5)  # its settings have been checked by then
    monkeypatch.setenv("TCONSOLE_DRAIN_SECONDS", "soon")
    state = await until(session, lambda state: "cannot run" in state.workers)
    assert "DRAIN_SECONDS" in state.workers_failure
    await asyncio.sleep(1)
    assert not processes_of(options.data_dir, "run")
    monkeypatch.delenv("TCONSOLE_DRAIN_SECONDS")
    session.retry_workers()
    state = await until(session, polling)
    assert state.workers_failure == ""


async def test_the_demo_is_a_box(open_session: Opener, options: LaunchOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCONSOLE_STORE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    folder = demo_folder(options.data_dir)
    assert not reset(options.data_dir)
    demo = await open_session(demo=True, data_dir=folder)
    assert (demo.state.demo, demo.state.server.address) == (True, f"127.0.0.1:{options.server_port}")
    rest = await open_session(workers=False)  # it finds the demo's server at the default address
    assert (rest.state.demo, rest.state.server.embedded) == (False, True)
    assert rest.state.server.address != demo.state.server.address
    await until(demo, polling)  # in a store of its own, although the settings name another one
    with pytest.raises(DemoRunsError, match="leave all its consoles"):
        reset(options.data_dir)
    await demo.close()
    assert await asyncio.to_thread(reset, options.data_dir)
    assert not folder.exists()
    assert await rest.client.count_workflows() is not None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:8065/api/", True),
        ("http://[::1]:8065/api/", True),
        ("http://localhost:8065/api/", True),
        ("https://slack.com/api/", False),
        ("http://127.0.0.1.evil.example/api/", False),
        ("http://127.0.0.1@evil.example/api/", False),
        ("http://[::1/api/", False),
        ("", False),
    ],
)
def test_the_demo_reaches_a_slack_of_this_machine_only(url: str, kept: bool) -> None:  # noqa: FBT001 - a case
    slack = {"TCONSOLE_SLACK_TOKEN": "xoxb-1", "TCONSOLE_SLACK_BASE_URL": url}
    outside = {"TCONSOLE_SMTP_HOST": "127.0.0.1", "TCONSOLE_STORE_URL": "sqlite:///x", "TCONSOLE_STRIPE_API_KEY": "k"}
    box = boxed({"PATH": "/bin", **slack, **outside})
    assert box == {"PATH": "/bin", "TCONSOLE_CONFIG_FILE": os.devnull} | (slack if kept else {})


@pytest.mark.parametrize(("named", "kind"), [(None, Embedded), ("TEMPORAL_ADDRESS", Given)])
async def test_the_demo_takes_only_a_server_that_is_named(
    options: LaunchOptions, client: Client, monkeypatch: pytest.MonkeyPatch, named: str | None, kind: type
) -> None:
    address = client.service_client.config.target_host
    options = replace(options, server_port=int(address.rpartition(":")[2]))
    found = await find_server(replace(options, workers=False))
    assert isinstance(found, Given)
    assert found.found
    with pytest.raises(LaunchError, match=f"yours: process .*give --address localhost:{options.server_port}"):
        await find_server(options)
    if named:
        monkeypatch.setenv(named, address)
        given = await find_server(options)
        assert isinstance(given, Given)
        assert not given.found
    assert isinstance(await find_server(replace(options, demo=True)), kind)


async def test_something_else_at_the_default_port_is_left_alone(open_session: Opener, options: LaunchOptions) -> None:
    async def answer_nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(answer_nonsense, "127.0.0.1", options.server_port):
        session = await open_session(workers=False)
        assert session.state.server.embedded
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


async def test_in_memory_it_is_nobody_elses_and_the_store_goes_with_the_server(
    open_session: Opener, options: LaunchOptions
) -> None:
    other = await open_session(workers=False)
    session = await open_session(ephemeral=True)
    assert session.state.server.address != other.state.server.address
    report = (await until(session, polling)).report
    assert report is not None
    store = Path(report.store.removeprefix("sqlite:///"))
    assert await asyncio.to_thread(store.is_file)
    await session.close()
    await eventually(lambda: not store.parent.exists())
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


async def test_a_keeper_that_is_just_ending_is_waited_for(options: LaunchOptions) -> None:
    process = server_process(options.data_dir / "run")
    os.close(process.join())
    lock = process.acquire()
    assert lock is not None
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        write_server(process, EmbeddedServer("ready", address, "http://127.0.0.1:1", 0))
        opening = asyncio.create_task(Session.open(replace(options, workers=False)))
        done, _ = await asyncio.wait({opening}, timeout=2)
        assert not done
        os.close(lock)
        session = await opening
    try:
        assert session.state.server.address != address
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
    file.write_text(
        f'[profile.there]\naddress = "{address}"\n[profile.dead]\naddress = "localhost:1"\n[profile.nowhere]\n'
    )
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_PROFILE", "there")
    session = await Session.open(
        LaunchOptions(options.data_dir, options.server_port, options.task_queues, workers=False)
    )
    assert session.state.server.address == address
    assert not session.state.server.embedded
    other = await new_namespace(client)
    refused = {
        "dead": "no Temporal server answers at localhost:1",
        "thre": "there is no profile 'thre' in .*; did you mean there?",
        "nowhere": "profile 'nowhere' names no address",
    }
    for name, why in refused.items():
        with pytest.raises(LaunchError, match=why):
            await session.switch(name)
    with pytest.raises(LaunchError, match="has no namespace 'none'"):
        await session.switch(namespace="none")
    assert (session.state.server.namespace, session.is_away) == ("default", False)
    await session.switch(namespace=other.namespace)
    assert (session.client.namespace, session.state.server.whose) == (other.namespace, "another namespace")
    assert session.state.workers == "no workers"
    await session.switch("there")
    assert (session.client.namespace, session.state.server.whose) == ("default", "profile there")
    session.go_home()
    assert (session.state.server.address, session.is_away) == (address, False)
    await session.close()
