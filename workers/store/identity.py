"""The store's ID: workers carry it in their identity, so that Temporal remembers which store its workflows have."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from workers.store.inserts import insert_new
from workers.store.schema import store_ids


@dataclass(frozen=True)
class StoreIds:
    """The store's own ID, and those of stores that it replaces."""

    own: str
    replaced: frozenset[str]

    def knows(self, store_id: str) -> bool:
        """Return whether workflows of that store may go on with this one."""
        return store_id == self.own or store_id in self.replaced


def read_store_ids(connection: Connection) -> StoreIds:
    """Return the IDs; the revision that made the tables made the own one."""
    rows = connection.execute(select(store_ids.c.store_id, store_ids.c.own)).all()
    own = next(row.store_id for row in rows if row.own)
    return StoreIds(own, frozenset(row.store_id for row in rows if not row.own))


def replace_store(connection: Connection, store_id: str) -> None:
    """Let workflows of a lost store go on with this one."""
    insert_new(connection, store_ids, {"store_id": store_id, "own": False})
