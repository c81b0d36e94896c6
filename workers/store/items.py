"""The records of business items: what a second run of a workflow finds."""

from sqlalchemy import Connection, delete, select, update

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import business_items
from workflows.shared.items import ItemRecord


class SqlItems:
    """The port `Items`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, item_id: str) -> ItemRecord | None:
        """Return the record of an item, or None."""
        return await self._store.read(_find, item_id)

    async def begin(self, item_id: str, record: ItemRecord, *, instead_of: ItemRecord | None = None) -> ItemRecord:
        """Write a first record, unless another one than ``instead_of`` is known; return the one that stands."""
        return await self._store.write(_begin, item_id, record, instead_of)

    async def save(self, item_id: str, record: ItemRecord) -> ItemRecord:
        """Write a record unless a newer one, or another final status, is known; return the one that stands."""
        return await self._store.write(_save, item_id, record)

    async def forget(self, item_id: str) -> None:
        """Delete the record of an item that is not finished."""
        await self._store.write(_forget, item_id)


def _forget(connection: Connection, item_id: str) -> None:
    row = business_items.c
    connection.execute(delete(business_items).where(row.item_id == item_id, row.finished.is_(False)))


def _find(connection: Connection, item_id: str, *, lock: bool = False) -> ItemRecord | None:
    query = select(business_items).where(business_items.c.item_id == item_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else ItemRecord.model_validate(dict(row))


def _begin(connection: Connection, item_id: str, record: ItemRecord, instead_of: ItemRecord | None) -> ItemRecord:
    if insert_new(connection, business_items, {"item_id": item_id, **record.model_dump()}):
        return record
    known = _find(connection, item_id, lock=True)
    if known is None or known != instead_of:
        return known or record
    _replace(connection, item_id, record)
    return record


def _save(connection: Connection, item_id: str, record: ItemRecord) -> ItemRecord:
    if insert_new(connection, business_items, {"item_id": item_id, **record.model_dump()}):
        return record
    known = _find(connection, item_id, lock=True)
    if known is None or _stands(known, record):
        return known or record
    _replace(connection, item_id, record)
    return record


def _replace(connection: Connection, item_id: str, record: ItemRecord) -> None:
    row = business_items.c
    connection.execute(update(business_items).where(row.item_id == item_id).values(**record.model_dump()))


def _stands(known: ItemRecord, record: ItemRecord) -> bool:
    """Return whether the known record stays: an outcome is final, and an older record is a late one."""
    same_outcome = record.finished and (record.status, record.chain) == (known.status, known.chain)
    if known.finished and not same_outcome:
        return True
    return record.sequence < known.sequence
