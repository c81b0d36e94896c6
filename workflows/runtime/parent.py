"""How a child process notices that the process that started it has gone, however that one died."""

import asyncio
import sys


async def until_parent_ends() -> None:
    """Return when standard input ends: the parent holds the other end of that pipe and never writes to it."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
