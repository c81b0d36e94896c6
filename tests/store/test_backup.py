"""A backup holds everything as of one moment, restores to either database, and never over what would be lost."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select

from tests.support.campaigns import FENCE
from tests.support.eventually import eventually
from tests.support.postgres import fresh_schema
from workers.registry import SYSTEMS
from workers.store.archive import MANIFEST, STORE, BackupError
from workers.store.backup import back_up
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.identity import read_store_ids
from workers.store.inventory import SqlInventory
from workers.store.items import SqlItems
from workers.store.ledger import Ledger
from workers.store.migrate import open_store
from workers.store.outbox import email_outbox, message_outbox
from workers.store.restore import REPLACED, restore
from workers.store.schema import metadata, people
from workers.store.types import utc_now
from workers.system import fill_sample
from workflows.orders.ports import Capture, Refund
from workflows.orders.views.models import ReservedLine
from workflows.shared.items import ItemRecord

EMAIL = {"recipient": "é@example.com", "subject": "\0", "body": "x" * 5_000}


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of another empty store, to restore to."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other' / 'store.sqlite'}"
        return
    with fresh_schema(request.getfixturevalue("postgres")) as url:
        yield url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a store for the block."""
    store = await open_store(url)
    try:
        yield store
    finally:
        await store.close()


async def put(archive: Path, url: str, folder: Path, *, replace: bool = False) -> None:
    """Restore a backup of a store alone."""
    await restore(archive, url, folder, folder / "run", replace=replace)


def contents(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables."""
    return {
        table.name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
        for table in metadata.sorted_tables
    }


async def fill(store: Store) -> None:
    """Put rows into most tables."""
    await fill_sample(SYSTEMS, store)
    inventory, ledger = SqlInventory(store), Ledger(store)
    await inventory.reserve("O/reservation", [ReservedLine(sku="SKU-DESK", quantity=2)])
    await inventory.consume("O/reservation")
    await ledger.book_capture(Capture("P", "O", 10**15, "USD"), "ref")
    await ledger.book_refund(Refund("K", "P", "O", 1, "USD"), "back")
    await email_outbox(store).claim("O/paid", EMAIL)
    message = {"campaign_id": "C", "user_id": "U", "channel": "sms", "address": "+1", "body": "", "tags": ["a"]}
    await message_outbox(store).record("C:U", {**message, "fence": FENCE, "granted_at": utc_now()}, sent=True)
    record = ItemRecord(
        sequence=1, status="DONE", finished=True, chain="c", request_hash="h", state={"deep": [None, {"é": 1.5}]}
    )
    await SqlItems(store).save("order-O", record)


async def test_what_is_restored_is_what_was_there(store: Store, other_url: str, tmp_path: Path) -> None:
    await fill(store)
    before = await store.read(contents)
    assert sum(len(rows) > 0 for rows in before.values()) > 12
    archive = tmp_path / "backup"
    manifest = await back_up(store, None, archive)
    assert archive.stat().st_mode & 0o777 == 0o600
    await put(archive, other_url, tmp_path / "other")
    async with opened(other_url) as other:
        assert await other.read(contents) == before
        assert (await other.read(read_store_ids)).own == manifest.store_id


async def test_a_backup_is_of_one_moment(store: Store, store_url: str, other_url: str, tmp_path: Path) -> None:
    inventory = SqlInventory(store)
    skus = [f"S{number}" for number in range(20)]
    for sku in skus:
        await inventory.set_available(sku, 1_000)
    lines = [ReservedLine(sku=sku, quantity=1) for sku in skus]
    made = 0

    async def reserve() -> None:
        nonlocal made
        while True:
            made += 1
            await inventory.reserve(f"O{made}/reservation", lines)

    traffic = asyncio.create_task(reserve())
    async with opened(store_url) as another:
        for number in range(3):
            began = made
            await eventually(lambda: made > began + 3)  # noqa: B023 - it is waited for
            await back_up(another, None, tmp_path / f"backup{number}")
    traffic.cancel()
    await asyncio.gather(traffic, return_exceptions=True)
    await put(tmp_path / "backup2", other_url, tmp_path / "other")
    async with opened(other_url) as other:
        levels = await SqlInventory(other).levels()
    assert {level.available + level.held for level in levels} == {1_000}
    assert len({level.held for level in levels}) == 1
    assert 0 < levels[0].held <= made


async def test_nothing_is_replaced_unless_told_so(
    store: Store, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store)
    archive = tmp_path / "backup"
    await back_up(store, None, archive)
    with pytest.raises(BackupError, match="exists already"):
        await back_up(store, None, archive)
    async with opened(other_url) as other:
        await SqlInventory(other).set_available("SKU-MINE", 1)
        before = await other.read(contents)
        with monkeypatch.context() as patch:
            patch.setattr("workers.store.restore.CLOSING_SECONDS", 0.1)  # nobody leaves
            with pytest.raises(BackupError, match="is in use; leave all consoles"):
                await put(archive, other_url, tmp_path / "other", replace=True)
    with pytest.raises(BackupError, match="is not empty: replace it with --replace"):
        await put(archive, other_url, tmp_path / "other")
    async with opened(other_url) as other:
        assert await other.read(contents) == before
    await put(archive, other_url, tmp_path / "other", replace=True)
    async with opened(other_url) as other:
        assert await other.read(contents) == await store.read(contents)
    assert (tmp_path / "other" / f"store.sqlite{REPLACED}").exists() is other_url.startswith("sqlite")


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-200])


def flip(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)


def rewrite(archive: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(archive) as source:
        files = {each: source.read(each) for each in source.namelist()} | {name: content}
    with zipfile.ZipFile(archive, "w") as target:
        for each, content_of_it in files.items():
            target.writestr(each, content_of_it)


BAD: dict[str, Callable[[Path], object]] = {
    "is not a backup of tconsole, or is damaged": cut,
    "damaged": flip,
    "there is no file": Path.unlink,
    "is not a backup": lambda archive: archive.write_text("hello"),
    "manifest.json cannot be read": lambda archive: rewrite(archive, MANIFEST, b"{}"),
    "written by a newer tconsole": lambda archive: rewrite(
        archive, MANIFEST, b'{"store_id": "", "revision": "", "created_at": "", "has_server": false, "format": 2}'
    ),
    "store.sqlite is damaged": lambda archive: rewrite(archive, STORE, b"no database" * 100),
}


@pytest.mark.parametrize("said", BAD)
async def test_a_bad_file_is_one_clear_line_and_changes_nothing(said: str, tmp_path: Path) -> None:
    url, archive = f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "backup"
    async with opened(url) as store:
        await fill(store)
        await back_up(store, None, archive)
        before = await store.read(contents)
    BAD[said](archive)
    with pytest.raises(StoreError, match=said) as error:
        await put(archive, url, tmp_path, replace=True)
    assert "\n" not in str(error.value)
    async with opened(url) as store:
        assert await store.read(contents) == before
    left = await asyncio.to_thread(lambda: [each.name for each in tmp_path.iterdir()])
    assert not [name for name in left if name.startswith(".tconsole")]


async def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    url, archive = f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "backup"
    async with opened(url) as store:
        await back_up(store, None, archive)
        await store.write(lambda connection: connection.exec_driver_sql("UPDATE store_revision SET version_num = '9'"))
    newer = tmp_path / "store.sqlite"
    rewrite(archive, STORE, newer.read_bytes())
    newer.unlink()
    with pytest.raises(StoreError, match="a newer tconsole"):
        await put(archive, url, tmp_path)
    assert not newer.exists()


async def test_people_whose_managers_come_later(store: Store, other_url: str, tmp_path: Path) -> None:
    def turn_round(connection: Connection) -> None:
        connection.execute(delete(people))
        row = {"name": "", "email": ""}
        connection.execute(insert(people), [{"person_id": "z", "manager": None, **row}])
        connection.execute(insert(people), [{"person_id": "a", "manager": "z", **row}])

    await store.write(turn_round)
    await back_up(store, None, tmp_path / "backup")
    await put(tmp_path / "backup", other_url, tmp_path / "other")
    async with opened(other_url) as other:
        assert await other.read(contents) == await store.read(contents)
