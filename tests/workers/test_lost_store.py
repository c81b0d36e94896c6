"""Workers do not go on with a store that does not know what their workflows did."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.support.processes import clean_environment, workers_process
from tests.support.temporal import dev_server, fresh
from tests.workers.test_supervisor_process import at, fill
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest


@pytest.fixture
async def worked_on(tmp_path: Path) -> AsyncIterator[tuple[WorkflowEnvironment, dict[str, str]]]:
    """Give a server with a workflow that workers began, and their settings; they have ended."""
    async with dev_server() as server:
        settings = at(server, clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data")))
        await fill(settings)
        with workers_process("run", environment=settings) as run:
            await run.says("ready")
            request = ApprovalRequest(request_id=fresh("REQ"), kind="leave", title="Two weeks", requester="ana")
            await ApprovalsClient(server.client).start(request)
        yield server, settings


@pytest.mark.parametrize("state", ["removed", "empty", "another"])
async def test_a_lost_store_is_not_made_anew(
    worked_on: tuple[WorkflowEnvironment, dict[str, str]], tmp_path: Path, state: str
) -> None:
    _, settings = worked_on
    store = tmp_path / "data" / "store.sqlite"
    for file in store.parent.glob("store.sqlite*"):
        file.unlink()
    if state == "empty":
        store.touch()
    elif state == "another":
        await fill(settings)
    with workers_process("run", environment=settings) as run:
        assert await run.exit_code() == 2
        line = next(line for line in run.lines if line.startswith("tconsole: "))
        assert "put the store back, or restore a backup, or start with a new data folder" in line
        assert not any("ready" in each for each in run.lines)
    assert store.exists() is (state != "removed")
    command = line.rpartition("tconsole ")[2].split()
    with workers_process(*command, environment=settings) as adopt:
        assert await adopt.exit_code() == 0
        assert f"workflows of store {command[-1]} go on with store " in adopt.lines[-1]
    with workers_process("run", environment=settings) as run:
        await run.says("ready")


async def test_the_same_store_goes_on_wherever_it_is(
    worked_on: tuple[WorkflowEnvironment, dict[str, str]], tmp_path: Path
) -> None:
    _, settings = worked_on
    (tmp_path / "data").rename(tmp_path / "moved")
    with workers_process("run", environment={**settings, "TCONSOLE_DATA_DIR": str(tmp_path / "moved")}) as run:
        await run.says("ready")


async def test_workflows_that_no_worker_began_need_no_store(tmp_path: Path) -> None:
    async with dev_server() as server:
        settings = at(server, clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data")))
        await server.client.start_workflow("ApprovalWorkflow", id=fresh("approval"), task_queue="hr-approval-queue")
        with workers_process("run", environment=settings) as run:
            await run.says("ready")
