"""The supervisor as a process: what it says, and how it ends."""

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.support.eventually import eventually
from tests.support.processes import TIMEOUT, Run, clean_environment, ended, free_port, workers_process
from tests.support.temporal import connection, dev_server, fresh
from tests.workers.test_keeper import Keepers
from workers.registry import SYSTEMS
from workers.store.migrate import open_store
from workers.system import fill_sample
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest
from workflows.approvals.updates import Approve
from workflows.runtime.background import Background
from workflows.runtime.health import SupervisorOptions, SupervisorReport, SupervisorState


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give settings of the test's own, without an address."""
    return clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data"), TCONSOLE_SERVER_PORT=str(free_port()))


async def fill(environment: Mapping[str, str]) -> None:
    """Fill the store with the sample data."""
    store = await open_store(f"sqlite:///{environment['TCONSOLE_DATA_DIR']}/store.sqlite")
    await fill_sample(SYSTEMS, store)
    await store.close()


async def completed_activities(client: Client, workflow_id: str) -> int:
    """Return how many activities of the workflow have completed."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    return sum(event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED for event in history.events)


@asynccontextmanager
async def saving(client: Client, environment: Mapping[str, str]) -> AsyncIterator[tuple[Run, str, sqlite3.Connection]]:
    """Run the workers until they save a request into a locked store; give its workflow, and who has the lock."""
    settings = {**environment, **connection(client)}
    await fill(settings)
    store = Path(environment["TCONSOLE_DATA_DIR"]) / "store.sqlite"
    with (
        workers_process("run", environment=settings) as run,
        closing(sqlite3.connect(store, isolation_level=None)) as lock,
    ):
        await run.says("ready")
        request = ApprovalRequest(request_id=fresh("REQ"), kind="leave", title="Two weeks", requester="ana")
        approvals = ApprovalsClient(client)
        workflow_id = await approvals.start(request)
        lock.execute("BEGIN IMMEDIATE")
        await approvals.approve(request.request_id, Approve(approver="ben"))
        described = client.get_workflow_handle(workflow_id)
        await eventually(described.describe, lambda found: bool(found.raw_description.pending_activities))
        yield run, workflow_id, lock


async def test_what_is_under_way_is_finished_before_it_ends(own_namespace: Client, environment: dict[str, str]) -> None:
    async with saving(own_namespace, environment) as (run, workflow_id, lock):
        for system in SYSTEMS:
            assert await run.says(f"{system.name}: polling {system.task_queue}")
        before = await completed_activities(own_namespace, workflow_id)
        run.process.send_signal(signal.SIGTERM)
        await run.says("approvals: draining")
        assert run.process.poll() is None
        lock.execute("ROLLBACK")
        assert await run.exit_code() == 0
        assert await completed_activities(own_namespace, workflow_id) == before + 1


async def test_a_second_signal_does_not_wait(own_namespace: Client, environment: dict[str, str]) -> None:
    async with saving(own_namespace, environment) as (run, _, lock):
        run.process.send_signal(signal.SIGINT)
        await run.says("draining")
        run.process.send_signal(signal.SIGINT)
        assert await run.exit_code() == 130
        lock.execute("ROLLBACK")


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
        state = await eventually(self.state, lambda state: state.report and wanted(state.report))
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
        child.wait(TIMEOUT)


def all_poll(report: SupervisorReport) -> bool:
    """Return whether all workers poll."""
    return all(worker.state == "polling" for worker in report.workers)


async def test_in_the_background_it_reports_and_ends_without_users(
    own_namespace: Client, environment: dict[str, str]
) -> None:
    settings = environment | connection(own_namespace)
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
        assert await ended(supervisor.child) == 0
        assert supervisor.background.read() == {}
    log = Path(environment["TCONSOLE_DATA_DIR"]) / "logs" / "workers.log"
    assert "the last console has left" in log.read_text(encoding="utf-8")


async def test_it_ends_without_users_when_the_server_has_gone_as_well(environment: dict[str, str]) -> None:
    async with dev_server() as server:
        with in_background(environment | connection(server.client)) as supervisor:
            await supervisor.reports(all_poll)
            await server.shutdown()
            supervisor.leave()
            await ended(supervisor.child)


@pytest.mark.parametrize(
    ("name", "value", "said", "final"),
    [
        ("TCONSOLE_DRAIN_SECONDS", "soon", "TCONSOLE_DRAIN_SECONDS", True),
        ("TEMPORAL_NAMESPACE", "nowhere", "namespace", False),
    ],
)
async def test_in_the_background_it_leaves_its_failure_behind(
    client: Client, environment: dict[str, str], name: str, value: str, said: str, *, final: bool
) -> None:
    with in_background(environment | connection(client) | {name: value}) as supervisor:
        assert await ended(supervisor.child) == (2 if final else 3)
        assert said in supervisor.state().failure
        assert supervisor.state().final is final


@pytest.mark.parametrize(("exchanged", "happened"), [(False, "has been removed"), (True, "has been exchanged")])
async def test_a_store_that_vanishes_ends_it_with_one_line(
    client: Client, environment: dict[str, str], happened: str, *, exchanged: bool
) -> None:
    with in_background(environment | connection(client)) as supervisor:
        await supervisor.reports(all_poll)
        store = Path(environment["TCONSOLE_DATA_DIR"]) / "store.sqlite"
        store.unlink()
        if exchanged:
            store.touch()
        assert await ended(supervisor.child) == 2
        assert happened in supervisor.state().failure
        assert supervisor.state().final
        assert store.exists() is exchanged


async def test_workers_with_another_store_are_noticed_and_those_with_the_same_are_not(
    own_namespace: Client, environment: dict[str, str], tmp_path: Path
) -> None:
    ours = environment | connection(own_namespace)
    elsewhere = {**ours, "TCONSOLE_DATA_DIR": str(tmp_path / "elsewhere")}
    with workers_process("run", environment=ours) as first:
        await first.says("ready")
        with workers_process("run", environment=ours) as same:
            await same.says("ready")
            with in_background(elsewhere) as other:
                assert "other workers poll" in (await other.reports(lambda report: bool(report.warning))).warning
            assert not any("other workers" in line for line in same.lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with stores that cannot be used."""
    (tmp_path / "file").touch()
    for name, statements in (
        ("theirs", "CREATE TABLE stock (theirs INTEGER)"),
        ("newer", "CREATE TABLE store_revision (version_num TEXT); INSERT INTO store_revision VALUES ('9999')"),
    ):
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite")) as store:
            store.executescript(statements)
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({"TEMPORAL_ADDRESS": "127.0.0.1:1"}, 3, ["127.0.0.1:1", "start it"]),
        ({"TEMPORAL_ADDRESS": None, "TCONSOLE_SERVER_PORT": "64999"}, 3, ["--address", "64999"]),
        ({"TEMPORAL_NAMESPACE": "nowhere"}, 3, ["'nowhere'"]),
        ({"TCONSOLE_STORE_URL": "postgresql://someone:secret@127.0.0.1:1/none"}, 3, ["store"]),
        ({"TCONSOLE_STORE_URL": "sqlite:///{folder}/file/store.sqlite"}, 3, ["store"]),
        ({"TCONSOLE_STORE_URL": "sqlite:///{folder}/theirs.sqlite"}, 2, ["'stock' that tconsole did not make"]),
        ({"TCONSOLE_STORE_URL": "sqlite:///{folder}/newer.sqlite"}, 2, ["a newer tconsole (revision 9999"]),
        ({"TCONSOLE_DRAIN_SECONDS": "soon"}, 2, ["TCONSOLE_DRAIN_SECONDS", "'soon'"]),
    ],
)
async def test_a_mistake_is_one_line_and_ends_it(
    client: Client,
    environment: dict[str, str],
    folder: Path,
    settings: dict[str, str | None],
    code: int,
    said: list[str],
) -> None:
    wanted = environment | connection(client) | settings
    given = {name: value.format(folder=folder) for name, value in wanted.items() if value is not None}
    with workers_process("run", environment=given) as run:
        assert await run.exit_code() == code
        (line,) = run.lines
        assert line.startswith("tconsole: ")
        assert [words for words in said if words not in line] == []
        assert "secret" not in line


async def test_without_an_address_it_finds_the_embedded_server_and_outlives_its_restart(
    environment: dict[str, str], tmp_path: Path
) -> None:
    await fill(environment)
    keepers = Keepers(tmp_path)
    server = await keepers.start().ready()
    try:
        with workers_process("run", environment=environment) as run:
            await run.says("ready")
            os.kill(server.pid, signal.SIGKILL)
            await eventually(keepers.server, lambda found: found.state == "ready" and found.pid != server.pid)
            client = ApprovalsClient(await Client.connect(server.address, data_converter=pydantic_data_converter))
            assert (await client.person("ben")).known
            run.process.send_signal(signal.SIGTERM)
            assert await run.exit_code() == 0
    finally:
        keepers.leave()
        await ended(keepers.child)
