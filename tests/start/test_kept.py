"""Children that are started again, and those that are not."""

import asyncio
import os
from pathlib import Path

from console.start.restarting_process import MOST_REFUSED_STARTS, RestartingProcess


async def test_a_child_that_cannot_use_what_it_was_told_is_given_up(tmp_path: Path) -> None:
    ended: list[str] = []
    given_up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    kept = RestartingProcess(
        ["run", "--unheard-of"],
        tmp_path / "errors.log",
        on_line=lambda _: None,
        on_end=ended.append,
        on_given_up=given_up.set_result,
    )
    await kept.start(os.environ)
    async with asyncio.timeout(60):
        reason = await given_up
    assert "--unheard-of" in reason
    assert len(ended) == MOST_REFUSED_STARTS - 1
    assert kept.running  # so that nobody starts it anew
    assert kept.pid is None
    await kept.stop(1)
    assert not kept.running
