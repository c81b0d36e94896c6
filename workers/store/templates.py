"""HTML of campaigns: kept once, by the hash of what it is."""

import hashlib

from sqlalchemy import Connection, select

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import templates


class SqlTemplates:
    """The port `Templates`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, html: str) -> str:
        """Keep it, unless it is known, and return its key."""
        key = hashlib.sha256(html.encode()).hexdigest()
        await self._store.write(insert_new, templates, {"template_key": key, "html": html})
        return key

    async def find(self, key: str) -> str | None:
        """Return the HTML with a key, or None if it is not known."""
        return await self._store.read(_find, key)


def _find(connection: Connection, key: str) -> str | None:
    html: str | None = connection.scalar(select(templates.c.html).where(templates.c.template_key == key))
    return html
