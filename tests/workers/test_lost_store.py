"""Workers do not go on with a store that does not know what their workflows did."""

import shutil
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.processes import clean_environment, workers_process
from tests.support.temporal import connection, fresh, new_namespace
from tests.workers.test_supervisor_process import fill
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest


@pytest.fixture(scope="module")
async def begun(client: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give settings of workers that have begun a workflow, and ended."""
    own, home = await new_namespace(client), tmp_path_factory.mktemp("begun")
    settings = clean_environment(home, TCONSOLE_DATA_DIR=str(home / "data"), **connection(own))
    await fill(settings)
    with workers_process("run", environment=settings) as run:
        await run.says("ready")
        request = ApprovalRequest(request_id=fresh("REQ"), kind="leave", title="Two weeks", requester="ana")
        await ApprovalsClient(own).start(request)
    return settings


@pytest.fixture
def worked_on(begun: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Give the same with a copy of their data folder."""
    shutil.copytree(begun["TCONSOLE_DATA_DIR"], tmp_path / "data")
    return begun | {"TCONSOLE_DATA_DIR": str(tmp_path / "data")}


@pytest.mark.parametrize("state", ["removed", "empty", "another"])
async def test_a_lost_store_is_not_made_anew(worked_on: dict[str, str], tmp_path: Path, state: str) -> None:
    store = tmp_path / "data" / "store.sqlite"
    for file in store.parent.glob("store.sqlite*"):
        file.unlink()
    if state == "empty":
        store.touch()
    elif state == "another":
        await fill(worked_on)
    with workers_process("run", environment=worked_on) as run:
        assert await run.exit_code() == 2
        line = next(line for line in run.lines if line.startswith("tconsole: "))
        assert "put the store back, or restore a backup, or start with a new data folder" in line
        assert not any("ready" in each for each in run.lines)
    assert store.exists() is (state != "removed")
    command = line.rpartition("tconsole ")[2].split()
    with workers_process(*command, environment=worked_on) as adopt:
        assert await adopt.exit_code() == 0
        assert f"workflows of store {command[-1]} go on with store " in adopt.lines[-1]
    with workers_process("run", environment=worked_on) as run:
        await run.says("ready")


async def test_the_same_store_goes_on_wherever_it_is(worked_on: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "moved")
    with workers_process("run", environment={**worked_on, "TCONSOLE_DATA_DIR": str(tmp_path / "moved")}) as run:
        await run.says("ready")


async def test_workflows_that_no_worker_began_need_no_store(own_namespace: Client, tmp_path: Path) -> None:
    settings = clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data"), **connection(own_namespace))
    await own_namespace.start_workflow("ApprovalWorkflow", id=fresh("approval"), task_queue="hr-approval-queue")
    with workers_process("run", environment=settings) as run:
        await run.says("ready")
