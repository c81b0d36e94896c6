"""Data of libraries changes with an update: a history replays to the same state under any."""

import asyncio
import json
import sys

from tests.histories.answers import all_answers


async def test_recordings_replay_to_the_same_state_under_other_data() -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.histories.other_data", stdout=asyncio.subprocess.PIPE
    )
    expected = await all_answers()
    printed, _ = await other.communicate()
    assert other.returncode == 0
    found = json.loads(printed)
    assert found.keys() == expected.keys()
    for story, answers in expected.items():
        assert found[story] == answers, story
    assert len(expected["campaigns/actor_first_run"]) > 10
