"""The recorded histories replay."""

from pathlib import Path

import pytest
from temporalio.workflow import NondeterminismError

from tests.campaigns.record import STORIES
from tests.support.histories import kept, replay, stories
from workflows.campaigns.workflow import WORKFLOWS

SYSTEM = "campaigns"


@pytest.mark.parametrize("path", kept(SYSTEM), ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replay(WORKFLOWS, path)


def test_every_story_is_kept() -> None:
    assert stories(SYSTEM) == {story.__name__ for story in STORIES}


def test_the_stories_tell_what_they_should() -> None:
    told = {path.stem.rpartition("-")[0]: path.read_text(encoding="utf-8") for path in kept(SYSTEM)}
    assert "workflowExecutionContinuedAsNewEventAttributes" in told["actor_first_run"]
    assert '"continuedExecutionRunId"' in told["actor_later_run"]
    assert '"continuedExecutionRunId"' in told["campaign_continued"]
    assert "workflowExecutionFailedEventAttributes" in told["unknown_user"]


async def test_a_history_of_another_workflow_does_not_replay() -> None:
    with pytest.raises(NondeterminismError):
        await replay(
            WORKFLOWS, next(path for path in kept(SYSTEM) if path.stem.startswith("cancelled-")), renaming="send_batch"
        )
