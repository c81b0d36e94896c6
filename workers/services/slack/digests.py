"""Writes the digests of the day, each when its person's time of day has come."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.slack_digests import Calendars, due_digests, put_digest, tell_now
from workers.store.types import utc_now

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0


class Digests:
    """Looks who is to get one, until it is cancelled. Of several processes one writes it, by its key."""

    def __init__(self, store: Store, wake: Callable[[], None], calendars: Callable[[], Awaitable[Calendars]]) -> None:
        self._store = store
        self._calendars = calendars
        self._wake = wake

    async def run(self) -> None:
        """Look again and again."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("Slack: no digests: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Write what is due now, and release what no digest would tell in time. Raises ``StoreError``."""
        now, calendars = utc_now(), await self._calendars()
        for person in await self._store.read(due_digests, now, calendars):
            if await self._store.write(put_digest, person, now, calendars):
                self._wake()
        if await self._store.write(tell_now, now, calendars):
            self._wake()
