"""Leases: of several processes, one at a time does something."""

from datetime import timedelta

from sqlalchemy import Connection, delete, or_

from workers.store.inserts import insert
from workers.store.schema import leases
from workers.store.types import utc_now


def take_lease(connection: Connection, lease: str, owner: str, length: timedelta) -> bool:
    """Take a lease, or keep it; return False while another owner has it."""
    row, now = leases.c, utc_now()
    fresh = {"owner": owner, "until": now + length}
    statement = insert(connection, leases).values(lease=lease, **fresh)
    free = or_(row.owner == owner, row.until <= now)
    upsert = statement.on_conflict_do_update(index_elements=[row.lease], set_=fresh, where=free)
    return connection.execute(upsert.returning(row.owner)).first() is not None


def give_lease_back(connection: Connection, lease: str, owner: str) -> None:
    """Let others take a lease at once."""
    connection.execute(delete(leases).where(leases.c.lease == lease, leases.c.owner == owner))
