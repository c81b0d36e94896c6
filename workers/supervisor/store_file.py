"""Ends the workers when their SQLite file has been removed or exchanged.

SQLite goes on in the removed file without an error, and all that it writes is lost with the process.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from workers.store.engine import Store

CHECK_INTERVAL = 1.0


async def watch_store_file(store: Store, stop: asyncio.Event, end: Callable[[str], NoReturn]) -> None:
    """Call ``end`` with one line for people if the store's file is another one now. Call it when the file is open.

    Nothing is drained: what the activities under way write is lost, and Temporal gives them to other workers.
    """
    if not store.is_sqlite:
        return
    path = Path(store.url.database or "")
    ours = _identity(path)
    while not stop.is_set():
        await asyncio.sleep(CHECK_INTERVAL)
        now = _identity(path)
        if now != ours and not stop.is_set():
            happened = "has been removed" if now is None else "has been exchanged"
            end(
                f"the store {store.masked_url} {happened} while the workers used it; put the file back or restore a"
                " backup, then start them again"
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
