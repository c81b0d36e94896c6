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

from workers.store.databases import parse_store_url
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

_FINGERPRINT = re.compile(rf"^{ROLE}-(?P<store>[0-9a-f]{{8}})-\d+@")


def worker_identity(store_url: str) -> str:
    """Return this process's identity, which also tells which store it uses, but not where that is."""
    return own_identity(f"{ROLE}-{_fingerprint(parse_store_url(store_url))}")


async def watch_store_mismatch(client: Client, task_queues: Sequence[str], store: URL, board: HealthBoard) -> None:
    """Keep looking for workers with another store, and put the warning on the board while there are some.

    Only a SQLite file is certainly not theirs: one PostgreSQL may have several addresses.
    """
    if store.get_backend_name() != "sqlite":
        return
    ours = _fingerprint(store)
    while True:
        try:
            found = {identity for queue in task_queues for identity in await live_pollers(client, queue)}
        except RPCError as error:
            log.debug("nobody can say who else polls: %s", error)
        else:
            others = sorted(identity for identity in found - {client.identity} if _store_of(identity) != ours)
            if others and WARNING not in board.warning:
                log.warning("%s (%s)", WARNING, ", ".join(others))
            board.warn("store", WARNING if others else "")
        await asyncio.sleep(CHECK_INTERVAL)


def _store_of(identity: str) -> str | None:
    found = _FINGERPRINT.match(identity)
    return found["store"] if found else None


def _fingerprint(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        place = f"{socket.gethostname()}:{Path(url.database or '').resolve()}"
    else:
        place = f"{url.host}:{url.port}/{url.database}?{url.query.get('options', '')}"
    return hashlib.sha256(place.encode()).hexdigest()[:8]
