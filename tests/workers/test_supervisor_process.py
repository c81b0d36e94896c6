"""The supervisor as a process: what it says, and how it ends."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from tests.support.processes import clean_environment, free_port, gone, wait_until, workers_process
from tests.support.slack import CHANNEL, TOKEN, fake_slack
from tests.support.temporal import dev_server, fresh
from workers.registry import SYSTEMS
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest, Level
from workflows.runtime.embedded import KeeperReport
from workflows.runtime.health import SupervisorReport


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


async def test_with_report_it_speaks_json_and_ends_with_its_parent(
    own_server: WorkflowEnvironment, environment: dict[str, str]
) -> None:
    with workers_process("run", "--report", environment=at(own_server, environment)) as run:
        await asyncio.to_thread(run.wait_for, '"polling"')
        while not all(worker.state == "polling" for worker in last_report(run.lines).workers):
            await asyncio.to_thread(run.wait_for, "{")
        report = last_report(run.lines)
        assert report.pid == run.process.pid
        assert [worker.name for worker in report.workers] == [system.name for system in SYSTEMS]
        assert report.search_attributes
        assert report.slack == "off"
        assert report.store.startswith("sqlite")
        run.hang_up()
        assert await asyncio.to_thread(run.wait) == 0
    log = Path(environment["TCONSOLE_DATA_DIR"]) / "logs" / "workers.log"
    assert "the console has gone" in log.read_text(encoding="utf-8")


def last_report(lines: list[str]) -> SupervisorReport:
    """Return what it said last."""
    return SupervisorReport.model_validate_json(lines[-1])


async def test_workers_with_another_store_are_noticed_and_those_with_the_same_are_not(
    own_server: WorkflowEnvironment, environment: dict[str, str], tmp_path: Path
) -> None:
    ours = at(own_server, environment)
    with workers_process("run", environment=ours) as first:
        await asyncio.to_thread(first.wait_for, "ready")
        with workers_process("run", environment=ours) as same:
            await asyncio.to_thread(same.wait_for, "ready")
            elsewhere = {**ours, "TCONSOLE_DATA_DIR": str(tmp_path / "elsewhere")}
            with workers_process("run", "--report", environment=elsewhere) as other:
                await asyncio.to_thread(other.wait_for, '"warning":"other workers poll')
            assert not any("other workers" in line for line in same.lines)


async def test_it_ends_with_its_parent_when_the_server_has_gone_as_well(environment: dict[str, str]) -> None:
    async with dev_server() as server:
        settings = at(server, environment)
        with workers_process("run", "--report", environment=settings) as run:
            await asyncio.to_thread(run.wait_for, '"polling"')
            await server.shutdown()
            run.hang_up()
            await asyncio.to_thread(run.wait)
            assert gone({run.process.pid})


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
            "CREATE TABLE store_schema (only_row INTEGER, version INTEGER); INSERT INTO store_schema VALUES (1, 99)",
            "was written by a newer tconsole (schema 99",
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


def test_without_an_address_it_finds_the_embedded_server(environment: dict[str, str]) -> None:
    folder, port = environment["TCONSOLE_DATA_DIR"], str(free_port())
    with workers_process("server", "--data-dir", folder, "--port", port, environment=environment) as keeper:
        keeper.wait_for('"ready"')
        with workers_process("run", environment=environment) as run:
            run.wait_for("ready")
            run.process.send_signal(signal.SIGTERM)
            assert run.wait() == 0


async def test_it_goes_on_when_the_server_was_away(environment: dict[str, str]) -> None:
    folder, port = environment["TCONSOLE_DATA_DIR"], str(free_port())
    await asyncio.to_thread(fill, environment)
    with workers_process("server", "--data-dir", folder, "--port", port, environment=environment) as keeper:
        server = KeeperReport.from_json(await asyncio.to_thread(keeper.wait_for, '"ready"')).server
        assert server is not None
        with workers_process("run", environment=environment) as run:
            await asyncio.to_thread(run.wait_for, "ready")
            os.kill(server.pid, signal.SIGKILL)
            await asyncio.to_thread(keeper.wait_for, '"ready"')
            client = ApprovalsClient(await Client.connect(server.address, data_converter=pydantic_data_converter))
            assert (await client.person("ben")).known
