"""The supervisor as a process: what it says, and how it ends."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from tests.support.eventually import eventually
from tests.support.processes import clean_environment, free_port, wait_until, workers_process
from tests.support.slack import CHANNEL, TOKEN, fake_slack
from tests.support.temporal import dev_server, fresh
from tests.workers.test_keeper import Keepers
from workers.registry import SYSTEMS
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest, Level
from workflows.runtime.background import Background
from workflows.runtime.health import SupervisorOptions, SupervisorReport, SupervisorState


@pytest.fixture
async def own_server() -> AsyncIterator[WorkflowEnvironment]:
    """Give a server of the test's own, since the supervisor polls the task queues of the real systems."""
    async with dev_server() as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give settings of the test's own, without an address."""
    return clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data"), TCONSOLE_SERVER_PORT=str(free_port()))


def at(server: WorkflowEnvironment, environment: Mapping[str, str]) -> dict[str, str]:
    """Return settings with the server's address."""
    return {**environment, "TEMPORAL_ADDRESS": server.client.service_client.config.target_host}


def fill(environment: Mapping[str, str]) -> None:
    """Fill the store with the sample data."""
    with workers_process("store", "sample", environment=environment) as run:
        assert run.wait() == 0


async def completed_activities(client: Client, workflow_id: str) -> int:
    """Return how many activities of the workflow have completed."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    return sum(event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED for event in history.events)


async def test_it_says_when_each_worker_polls_and_when_all_do(
    own_server: WorkflowEnvironment, environment: dict[str, str]
) -> None:
    with workers_process("run", environment=at(own_server, environment)) as run:
        await asyncio.to_thread(run.wait_for, "ready")
        for system in SYSTEMS:
            assert any(f"{system.name}: polling {system.task_queue}" in line for line in run.lines)
        run.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(run.wait) == 0


async def test_what_is_under_way_is_finished_before_it_ends(
    own_server: WorkflowEnvironment, environment: dict[str, str]
) -> None:
    async with fake_slack() as slack:
        settings = at(own_server, environment)
        settings |= {
            "TCONSOLE_SLACK_TOKEN": TOKEN,
            "TCONSOLE_SLACK_BASE_URL": slack.base_url,
            "TCONSOLE_SLACK_CHANNEL": CHANNEL,
        }
        await asyncio.to_thread(fill, settings)
        with workers_process("run", environment=settings) as run:
            await asyncio.to_thread(run.wait_for, "ready")
            slack.gate = asyncio.Event()
            request = ApprovalRequest(
                request_id=fresh("REQ"),
                kind="leave",
                title="Two weeks",
                requester="ana",
                levels=[Level(name="manager", approvers=["ben"])],
            )
            workflow_id = await ApprovalsClient(own_server.client).start(request)
            await asyncio.to_thread(wait_until, lambda: "chat.postMessage" in slack.calls, "nothing is posted")
            before = await completed_activities(own_server.client, workflow_id)
            run.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(run.wait_for, "approvals: draining")
            assert run.process.poll() is None
            slack.gate.set()
            assert await asyncio.to_thread(run.wait) == 0
        assert len(slack.posts) == 1
        assert await completed_activities(own_server.client, workflow_id) == before + 1


async def test_a_second_signal_does_not_wait(own_server: WorkflowEnvironment, environment: dict[str, str]) -> None:
    async with fake_slack() as slack:
        settings = at(own_server, environment)
        settings |= {"TCONSOLE_SLACK_TOKEN": TOKEN, "TCONSOLE_SLACK_BASE_URL": slack.base_url}
        await asyncio.to_thread(fill, settings)
        with workers_process("run", environment=settings) as run:
            await asyncio.to_thread(run.wait_for, "ready")
            slack.gate = asyncio.Event()
            request = ApprovalRequest(request_id=fresh("REQ"), kind="leave", title="Two weeks", requester="ana")
            await ApprovalsClient(own_server.client).start(request)
            await asyncio.to_thread(wait_until, lambda: "chat.postMessage" in slack.calls, "nothing is posted")
            run.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(run.wait_for, "draining")
            run.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(run.wait) == 130
            slack.gate.set()


@dataclass
class InBackground:
    """A supervisor in the background. ``users`` makes the test its user."""

    background: Background
    child: "subprocess.Popen[bytes]"
    users: int

    def state(self) -> SupervisorState:
        """Return what it tells."""
        return SupervisorState.model_validate(self.background.read())

    async def reports(self, wanted: Callable[[SupervisorReport], bool]) -> SupervisorReport:
        """Wait until it reports what is wanted."""
        state = await eventually(self.state, lambda state: state.report and wanted(state.report), seconds=60)
        assert state.report is not None
        return state.report

    def leave(self) -> None:
        """Stop being its user."""
        os.dup2(os.open(os.devnull, os.O_RDONLY), self.users)


@contextmanager
def in_background(environment: Mapping[str, str]) -> Iterator[InBackground]:
    """Run a supervisor as consoles do; after the block it has no user, and ends."""
    background = Background(Path(environment["TCONSOLE_DATA_DIR"]) / "run", "workers-test")
    users, lock = background.join(), background.acquire()
    assert lock is not None
    command = ["run", json.dumps(asdict(SupervisorOptions(folder=str(background.folder), name=background.name)))]
    log = background.folder / "errors.log"
    child = background.start(lock, command, environment=environment, log=log)
    try:
        yield InBackground(background, child, users)
    finally:
        os.close(users)
        child.wait(60)


def all_poll(report: SupervisorReport) -> bool:
    """Return whether all workers poll."""
    return all(worker.state == "polling" for worker in report.workers)


async def test_in_the_background_it_reports_and_ends_without_users(
    own_server: WorkflowEnvironment, environment: dict[str, str]
) -> None:
    settings = at(own_server, environment)
    with in_background(settings) as supervisor:
        report = await supervisor.reports(all_poll)
        assert report.pid == supervisor.child.pid
        assert report.address == settings["TEMPORAL_ADDRESS"]
        assert [worker.name for worker in report.workers] == [system.name for system in SYSTEMS]
        assert report.search_attributes
        assert report.services == {"slack": "off"}
        assert report.store.startswith("sqlite")
        os.kill(report.pid, signal.SIGHUP)  # there is no terminal whose end would matter
        supervisor.leave()
        assert await asyncio.to_thread(supervisor.child.wait, 30) == 0
        assert supervisor.background.read() == {}
    log = Path(environment["TCONSOLE_DATA_DIR"]) / "logs" / "workers.log"
    assert "the last console has left" in log.read_text(encoding="utf-8")


async def test_it_ends_without_users_when_the_server_has_gone_as_well(environment: dict[str, str]) -> None:
    async with dev_server() as server:
        with in_background(at(server, environment)) as supervisor:
            await supervisor.reports(all_poll)
            await server.shutdown()
            supervisor.leave()
            await asyncio.to_thread(supervisor.child.wait, 60)


@pytest.mark.parametrize(
    ("name", "value", "final"),
    [("TCONSOLE_DRAIN_SECONDS", "soon", True), ("TEMPORAL_NAMESPACE", "nowhere", False)],
)
async def test_in_the_background_it_leaves_its_failure_behind(
    own_server: WorkflowEnvironment, environment: dict[str, str], name: str, value: str, *, final: bool
) -> None:
    with in_background({**at(own_server, environment), name: value}) as supervisor:
        assert await asyncio.to_thread(supervisor.child.wait, 60) == (2 if final else 3)
        assert name.lower().removeprefix("tconsole_").removeprefix("temporal_") in supervisor.state().failure
        assert supervisor.state().final is final


async def test_workers_with_another_store_are_noticed_and_those_with_the_same_are_not(
    own_server: WorkflowEnvironment, environment: dict[str, str], tmp_path: Path
) -> None:
    ours = at(own_server, environment)
    with workers_process("run", environment=ours) as first:
        await asyncio.to_thread(first.wait_for, "ready")
        with workers_process("run", environment=ours) as same:
            await asyncio.to_thread(same.wait_for, "ready")
            elsewhere = {**ours, "TCONSOLE_DATA_DIR": str(tmp_path / "elsewhere")}
            with in_background(elsewhere) as other:
                assert "other workers poll" in (await other.reports(lambda report: bool(report.warning))).warning
            assert not any("other workers" in line for line in same.lines)


def test_a_server_that_does_not_answer_is_named_in_one_line(environment: dict[str, str]) -> None:
    address = f"127.0.0.1:{free_port()}"
    with workers_process("run", environment={**environment, "TEMPORAL_ADDRESS": address}) as run:
        line = run.wait_for("tconsole:")
        assert address in line
        assert "start it" in line
        assert run.wait() == 3
        assert run.lines == [line]


def test_without_any_server_it_says_what_to_do(environment: dict[str, str]) -> None:
    with workers_process("run", environment=environment) as run:
        line = run.wait_for("tconsole:")
        assert "--address" in line
        assert environment["TCONSOLE_SERVER_PORT"] in line
        assert run.wait() == 3
        assert run.lines == [line]


async def test_a_missing_namespace_is_named(own_server: WorkflowEnvironment, environment: dict[str, str]) -> None:
    settings = {**at(own_server, environment), "TEMPORAL_NAMESPACE": "nowhere"}
    with workers_process("run", environment=settings) as run:
        line = await asyncio.to_thread(run.wait_for, "tconsole:")
        assert "'nowhere'" in line
        assert await asyncio.to_thread(run.wait) == 3


@pytest.mark.parametrize("url", ["postgresql://someone:secret@127.0.0.1:1/none", "sqlite:///{file}/store.sqlite"])
async def test_a_broken_store_is_said_without_its_password(
    own_server: WorkflowEnvironment, environment: dict[str, str], tmp_path: Path, url: str
) -> None:
    file = tmp_path / "a file, not a folder"
    file.touch()
    settings = {**at(own_server, environment), "TCONSOLE_STORE_URL": url.format(file=file)}
    with workers_process("run", environment=settings) as run:
        line = await asyncio.to_thread(run.wait_for, "tconsole:")
        assert "store" in line
        assert "secret" not in line
        assert await asyncio.to_thread(run.wait) == 3
        assert run.lines == [line]


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ("CREATE TABLE stock (theirs INTEGER)", "has a table 'stock' that tconsole did not make"),
        (
            "CREATE TABLE store_revision (version_num VARCHAR(32)); INSERT INTO store_revision VALUES ('9999')",
            "was written by a newer tconsole (revision 9999",
        ),
    ],
)
async def test_a_store_that_never_fits_ends_it_as_a_bad_setting_does(
    own_server: WorkflowEnvironment, environment: dict[str, str], tmp_path: Path, statements: str, said: str
) -> None:
    file = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(file)) as theirs:
        theirs.executescript(statements)
    settings = {**at(own_server, environment), "TCONSOLE_STORE_URL": f"sqlite:///{file}"}
    with workers_process("run", environment=settings) as run:
        assert said in await asyncio.to_thread(run.wait_for, "tconsole:")
        assert await asyncio.to_thread(run.wait) == 2
        assert len(run.lines) == 1


def test_a_bad_setting_is_named(environment: dict[str, str]) -> None:
    with workers_process("run", environment={**environment, "TCONSOLE_DRAIN_SECONDS": "soon"}) as run:
        assert "drain_seconds" in run.wait_for("tconsole:")
        assert run.wait() == 2


async def test_without_an_address_it_finds_the_embedded_server_and_outlives_its_restart(
    environment: dict[str, str], tmp_path: Path
) -> None:
    await asyncio.to_thread(fill, environment)
    keepers = Keepers(tmp_path)
    server = keepers.start().ready()
    try:
        with workers_process("run", environment=environment) as run:
            await asyncio.to_thread(run.wait_for, "ready")
            os.kill(server.pid, signal.SIGKILL)
            await eventually(keepers.server, lambda found: found.state == "ready" and found.pid != server.pid)
            client = ApprovalsClient(await Client.connect(server.address, data_converter=pydantic_data_converter))
            assert (await client.person("ben")).known
            run.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(run.wait) == 0
    finally:
        keepers.leave()
        keepers.child.wait(60)
