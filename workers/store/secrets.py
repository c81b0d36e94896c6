"""Secrets of the store: made once, and the same for every process that shares it."""

from collections.abc import Callable

from sqlalchemy import Connection, select

from workers.store.inserts import insert_new
from workers.store.schema import store_secrets


def own_secret(connection: Connection, name: str, make: Callable[[], str]) -> str:
    """Return the secret of that name; the first who asks makes it."""
    known = select(store_secrets.c.value).where(store_secrets.c.name == name)
    found: str | None = connection.scalar(known)
    if found is None:
        insert_new(connection, store_secrets, {"name": name, "value": make()})
        found = str(connection.scalar(known))
    return found
