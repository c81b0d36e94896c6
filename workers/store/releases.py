"""Payments that approved requests release: the table ``payment_releases``, which a finance system reads."""

from dataclasses import asdict

from sqlalchemy import Connection, select

from workers.store.engine import Store
from workers.store.errors import KeyConflictError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import payment_releases
from workflows.approvals.ports import OtherBookingError, PaymentRelease


class SqlReleases:
    """The port `ReleaseBook`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def release(self, release: PaymentRelease) -> bool:
        """Release a payment once for its key; return False if that was done before."""
        return await self._store.write(_release, release)


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
