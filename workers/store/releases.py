"""Payments that approved requests release: the table ``payment_releases``, which a finance system reads."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, select

from workers.store.engine import Store
from workers.store.errors import KeyConflictError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import payment_releases
from workflows.approvals.ports import OtherBookingError, PaymentRelease


@dataclass(frozen=True)
class Release:
    """A payment that was released, and when."""

    release: PaymentRelease
    at: datetime


class SqlReleases:
    """The port `ReleaseBook`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def release(self, release: PaymentRelease) -> bool:
        """Release a payment once for its key; return False if that was done before."""
        return await self._store.write(_release, release)


def released_since(connection: Connection, since: datetime | None) -> list[Release]:
    """Return the payments that were released from a moment on, or ever, the oldest first."""
    row = payment_releases.c
    query = select(payment_releases).order_by(row.created_at, row.release_key)
    if since is not None:
        query = query.where(row.created_at >= since)
    names = [each.name for each in fields(PaymentRelease) if each.name != "key"]
    return [
        Release(PaymentRelease(key=each["release_key"], **{name: each[name] for name in names}), each["created_at"])
        for each in connection.execute(query).mappings()
    ]


def _release(connection: Connection, release: PaymentRelease) -> bool:
    values = asdict(release)
    key = values["release_key"] = values.pop("key")
    if insert_new(connection, payment_releases, values):
        return True
    query = select(payment_releases).where(payment_releases.c.release_key == key)
    try:
        check_same(key, connection.execute(query).mappings().one(), values)
    except KeyConflictError as error:
        raise OtherBookingError(str(error)) from None
    return False
