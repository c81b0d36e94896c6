"""Campaigns and actors that started under an earlier version of their workflows go on under this one."""

from pathlib import Path

import pydantic
import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.campaigns.record import FOLDER, STORIES
from workflows.campaigns.workflow import WORKFLOWS

HISTORIES = sorted(FOLDER.glob("*.json"))


def replayer() -> Replayer:
    return Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_failure_exception_types=[pydantic.ValidationError],
    )


def history_in(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replayer().replay_workflow(history_in(path))


def test_every_story_is_kept_and_tells_what_it_should() -> None:
    stories = {path.stem.rpartition("-")[0]: path.read_text() for path in HISTORIES}
    assert set(stories) == {story.__name__ for story in STORIES}
    assert "workflowExecutionContinuedAsNewEventAttributes" in stories["actor_first_run"]
    assert '"continuedExecutionRunId"' in stories["actor_later_run"]
    assert '"continuedExecutionRunId"' in stories["campaign_continued"]
    assert "workflowExecutionFailedEventAttributes" in stories["unknown_user"]


async def test_a_history_of_another_workflow_does_not_replay() -> None:
    text = (FOLDER / "cancelled-1.json").read_text().replace("send_batch", "something_else")
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(WorkflowHistory.from_json("changed", text))
