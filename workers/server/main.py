"""The keeper as a process: reports on standard output, and ends when its parent does."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from workers.server.keeper import Keeper
from workers.server.options import parse
from workers.server.process import ServerStartError
from workflows.runtime.embedded import KeeperReport
from workflows.runtime.parent import until_parent_ends

NO_SERVER = 3


def main(arguments: Sequence[str]) -> int:
    """Run a keeper until standard input ends or a signal comes; return the exit code."""
    options = parse(arguments)
    return asyncio.run(_main(Keeper(options, _print)))


async def _main(keeper: Keeper) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    keeping = asyncio.create_task(keeper.run())
    ends = [asyncio.create_task(stopped.wait()), asyncio.create_task(until_parent_ends())]
    await asyncio.wait([keeping, *ends], return_when=asyncio.FIRST_COMPLETED)
    for task in (keeping, *ends):
        task.cancel()
    result, *_ = await asyncio.gather(keeping, *ends, return_exceptions=True)
    if isinstance(result, ServerStartError):
        _print(KeeperReport("failed", text=str(result)))
        return NO_SERVER
    if isinstance(result, Exception):
        raise result
    return 0


def _print(report: KeeperReport) -> None:
    """Write a report; a parent that has gone does not read it."""
    try:
        sys.stdout.write(report.to_json() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
