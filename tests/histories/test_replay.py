"""Running workflows go on under the code as it is now: their recorded histories replay."""

from pathlib import Path
from typing import Any

import pytest
from temporalio.workflow import NondeterminismError

from tests.histories.format import load, read
from tests.histories.system import System
from tests.histories.systems import SYSTEMS
from tests.support.histories import replayer

HISTORIES = [pytest.param(system, path, id=f"{system.name}-{path.stem}") for system in SYSTEMS for path in system.paths]
each_system = pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)


@pytest.mark.parametrize(("system", "path"), HISTORIES)
async def test_a_recorded_history_replays(system: System[Any], path: Path) -> None:
    await replayer(system.workflows).replay_workflow(read(path))


@each_system
def test_every_story_is_recorded(system: System[Any]) -> None:
    assert {path.stem for path in system.paths} == system.names


def first_text(system: System[Any]) -> str:
    return system.paths[0].read_text(encoding="utf-8")


@each_system
async def test_a_renamed_activity_does_not_replay(system: System[Any]) -> None:
    renamed = load(first_text(system).replace('"activityType": {"name": "', '"activityType": {"name": "other_'))
    with pytest.raises(NondeterminismError):
        await replayer(system.workflows).replay_workflow(renamed)


def test_requests_campaigns_and_actors_are_recorded_across_continue_as_new_and_failure() -> None:
    told = {path.stem: path.read_text(encoding="utf-8") for system in SYSTEMS for path in system.paths}
    assert "workflowExecutionContinuedAsNewEventAttributes" in told["actor_first_run"]
    assert '"continuedExecutionRunId"' in told["actor_later_run"]
    assert '"continuedExecutionRunId"' in told["campaign_continued"]
    assert "workflowExecutionContinuedAsNewEventAttributes" in told["first_run"]
    assert '"continuedExecutionRunId"' in told["later_run"]
    assert "workflowExecutionFailedEventAttributes" in told["unknown_user"]
