"""The recorded histories replay."""

from pathlib import Path

import pytest
from temporalio.workflow import NondeterminismError

from tests.approvals.record import STORIES
from tests.support.histories import kept, replay, stories
from workflows.approvals.workflow import WORKFLOWS

SYSTEM = "approvals"


@pytest.mark.parametrize("path", kept(SYSTEM), ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replay(WORKFLOWS, path)


def test_every_story_is_kept() -> None:
    assert stories(SYSTEM) == {story.__name__ for story in STORIES}


async def test_a_history_of_another_workflow_does_not_replay() -> None:
    with pytest.raises(NondeterminismError):
        await replay(WORKFLOWS, kept(SYSTEM)[0], renaming="resolve_chain")
