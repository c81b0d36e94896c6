"""Compares the store of the settings with the one that the workers use, which is in their identities."""

from dataclasses import dataclass, field

from workers.doctor.result import STORE, Result
from workers.store.identity import StoreIds
from workers.supervisor.store_mismatch import store_of


@dataclass
class Seen:
    """What the checks of store and workers have seen."""

    store: StoreIds | None = None
    workers: set[str] = field(default_factory=set)
    """Identities."""


def compare_stores(result: Result, seen: Seen) -> Result:
    """Return the finding about the store, which is wrong if workers use another one."""
    if result.state != "fine" or seen.store is None:
        return result
    used = {store_id for worker in seen.workers if (store_id := store_of(worker))}
    others = sorted(store_id for store_id in used if not seen.store.knows(store_id))
    if not others:
        return result
    words = f"{result.words}, but workers use another one (ID {', '.join(others)})"
    return Result(STORE, "wrong", words, "all must share one: set TCONSOLE_STORE_URL or TCONSOLE_DATA_DIR to theirs")
