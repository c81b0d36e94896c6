"""The server of an owner that has gone: two servers on one file would spoil it, so the old one must end first."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from workers.server.process import END_SECONDS
from workflows.runtime.embedded import SERVER_FILE, STATE_FILE, EmbeddedServer, read_server_file

if TYPE_CHECKING:
    from psutil import Process


async def end_former(data_dir: Path) -> EmbeddedServer | None:
    """End the server of the former owner if it still runs, and return where it was.

    Called by the holder of the lock. A keeper's server dies with it on Linux, which takes a moment; elsewhere a
    keeper that was killed leaves its server behind.
    """
    former = read_server_file(data_dir)
    (data_dir / SERVER_FILE).unlink(missing_ok=True)
    if former is not None:
        await _end(former.pid, data_dir / STATE_FILE)
    return former


async def _end(pid: int, state: Path) -> None:
    import psutil

    try:
        process = psutil.Process(pid)
        if str(state) not in process.cmdline():
            return  # the number belongs to another process by now
        process.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                await _until_gone(process)
        except TimeoutError:
            process.kill()
            await _until_gone(process)
    except psutil.NoSuchProcess:
        return


async def _until_gone(process: "Process") -> None:
    import psutil

    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110 - nobody tells us of its end
        await asyncio.sleep(0.05)
