"""Warns of workers on our task queues with another store: an order would be reserved here and shipped there."""

import asyncio
import hashlib
import logging
import re
import socket
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL
from temporalio.client import Client
from temporalio.service import RPCError

from workers.supervisor.health import HealthBoard
from workflows.runtime.identity import own_identity
from workflows.runtime.pollers import live_pollers

log = logging.getLogger(__name__)

ROLE = "workers"
CHECK_INTERVAL = 30.0
WARNING = (
    "other workers poll these queues with another store: all must share one; set TCONSOLE_STORE_URL to the same"
    " PostgreSQL, or use the same data folder"
)

_IDENTITY = re.compile(rf"^{ROLE}-(?P<store>[0-9a-f]{{8}})-(?P<file>[0-9a-f]{{8}})-\d+@")


def worker_identity(store_id: str, store: URL) -> str:
    """Return this process's identity, which also tells which store it uses, but not where that is."""
    return own_identity(f"{ROLE}-{store_id}-{_fingerprint(store)}")


def store_of(identity: str) -> str | None:
    """Return the ID of a worker's store, or None if the worker is not one of ours."""
    found = _IDENTITY.match(identity)
    return found["store"] if found else None


async def watch_store_mismatch(client: Client, task_queues: Sequence[str], board: HealthBoard) -> None:
    """Keep looking for workers with another store, or another copy, and put the warning on the board meanwhile."""
    ours = _place_of(client.identity)
    while True:
        try:
            found = {identity for queue in task_queues for identity in await live_pollers(client, queue)}
        except RPCError as error:
            log.debug("nobody can say who else polls: %s", error)
        else:
            others = sorted(identity for identity in found - {client.identity} if _place_of(identity) != ours)
            if board.warn("store", WARNING if others else ""):
                log.warning("%s (%s)", WARNING, ", ".join(others))
        await asyncio.sleep(CHECK_INTERVAL)


def _place_of(identity: str) -> tuple[str, str] | None:
    found = _IDENTITY.match(identity)
    return (found["store"], found["file"]) if found else None


def _fingerprint(url: URL) -> str:
    """Return what tells copies of a SQLite file apart. One PostgreSQL may have several addresses."""
    sqlite = url.get_backend_name() == "sqlite"
    place = f"{socket.gethostname()}:{Path(url.database or '').resolve()}" if sqlite else ""
    return hashlib.sha256(place.encode()).hexdigest()[:8]
