"""Looks at the store, and neither makes nor upgrades it."""

from sqlalchemy import Connection

from workers.doctor.result import STORE, Result, one_line
from workers.doctor.sharing import Seen
from workers.settings.base import WorkerSettings
from workers.store.databases import masked, parse_store_url
from workers.store.engine import Store
from workers.store.errors import StoreError, UnfitStoreError
from workers.store.identity import StoreIds, read_store_ids
from workers.store.migrate import REVISION, exists, read_revision


async def check_store(settings: WorkerSettings, seen: Seen) -> Result:
    """Check that the store can be read, and has this program's tables."""
    url = settings.resolved_store_url
    where = one_line(masked(parse_store_url(url)))
    try:
        if not await exists(url):
            remedy = "start the workers, which make it, or set TCONSOLE_STORE_URL to the one that they use"
            return Result(STORE, "wrong", f"there is no store at {where}", remedy)
        revision, seen.store = await _read(url)
    except UnfitStoreError as error:
        return Result(STORE, "wrong", one_line(error), "restore a backup, or set TCONSOLE_STORE_URL to another store")
    except StoreError as error:
        return Result(
            STORE, "wrong", one_line(error), "see that it runs and can be read, or correct TCONSOLE_STORE_URL"
        )
    return store_result(where, revision, seen.store.own if seen.store else "")


def store_result(where: str, revision: str, store_id: str) -> Result:
    """Return the finding about a store's revision."""
    if revision == REVISION:
        return Result(STORE, "fine", f"{where}, revision {revision}, ID {store_id}")
    words = f"{where} has revision {one_line(revision)}, this program has {REVISION}"
    older = revision < REVISION
    remedy = "stop older workers and start new ones, which upgrade it" if older else "upgrade tconsole"
    return Result(STORE, "wrong", words, remedy)


async def _read(url: str) -> tuple[str, StoreIds | None]:
    store = Store.at(url)
    try:
        return await store.read(_revision_and_ids)
    finally:
        await store.close()


def _revision_and_ids(connection: Connection) -> tuple[str, StoreIds | None]:
    revision = read_revision(connection) or ""
    return revision, read_store_ids(connection) if revision == REVISION else None
