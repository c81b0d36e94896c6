"""Orders that started under an earlier version of the workflow go on under this one."""

from pathlib import Path

import pytest
from temporalio.workflow import NondeterminismError

from tests.orders.payment_stories import PAYMENT_STORIES
from tests.orders.record import STORIES
from tests.support.histories import kept, replay, stories
from workflows.orders.workflow import WORKFLOWS

SYSTEM = "orders"


@pytest.mark.parametrize("path", kept(SYSTEM), ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replay(WORKFLOWS, path)


def test_every_story_is_kept() -> None:
    assert stories(SYSTEM) == {story.__name__ for story in (*STORIES, *PAYMENT_STORIES)}


async def test_a_history_of_another_workflow_does_not_replay() -> None:
    history = next(path for path in kept(SYSTEM) if path.stem == "delivered-3")
    with pytest.raises(NondeterminismError):
        await replay(WORKFLOWS, history, renaming="open_order")
