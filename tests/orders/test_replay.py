"""Orders that started under an earlier version of the workflow go on under this one."""

from pathlib import Path

import pydantic
import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.orders.record import FOLDER, STORIES
from workflows.orders.workflow import WORKFLOWS

HISTORIES = sorted(FOLDER.glob("*.json"))


def replayer() -> Replayer:
    return Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_failure_exception_types=[pydantic.ValidationError],
    )


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replayer().replay_workflow(history_in(path))


def test_every_story_is_kept() -> None:
    assert {path.stem.rsplit("-", 1)[0] for path in HISTORIES} == {story.__name__ for story in STORIES}


async def test_a_history_of_another_workflow_does_not_replay() -> None:
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(history_in(HISTORIES[0], renaming="reserve_stock"))


def history_in(path: Path, renaming: str | None = None) -> WorkflowHistory:
    """Return the history in a file; with the activity ``renaming`` called something else."""
    text = path.read_text()
    return WorkflowHistory.from_json(path.stem, text.replace(renaming, "something_else") if renaming else text)
