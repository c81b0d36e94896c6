"""Importing users: all or nothing."""

import asyncio
from pathlib import Path

import pytest

from workers.store.engine import Store
from workers.store.users import SqlUsers
from workers.store.users_csv import UsersFileError, check_users
from workers.store.users_import import BATCH, import_users

HEADER = "user_id,email_address,phone,timezone,email,sms,push,segments\n"


def write(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "\n".join(rows), encoding="utf-8")
    return path


async def test_known_users_are_changed(store: Store, tmp_path: Path) -> None:
    users = SqlUsers(store)
    first = write(tmp_path / "1.csv", "U1,a@example.com,,UTC,yes,no,no,old;both", "U2,b@example.com,,UTC,yes,no,no,old")
    assert await import_users(store, first) == 2
    second = write(tmp_path / "2.csv", "U1,new@example.com,+12025550101,Asia/Tokyo,no,yes,yes,both;new")
    assert await import_users(store, second) == 1
    user = await users.user("U1")
    assert user is not None
    assert (user.email_address, user.phone, user.timezone) == ("new@example.com", "+12025550101", "Asia/Tokyo")
    assert (user.preferences.channels.email, user.preferences.channels.sms) == (False, True)
    assert await users.segment_page("old", after=None, limit=9) == ["U2"]
    assert await users.segment_page("both", after=None, limit=9) == ["U1"]
    assert await users.segment_page("new", after=None, limit=9) == ["U1"]


async def test_a_segment_that_lost_its_last_user_is_empty_not_unknown(store: Store, tmp_path: Path) -> None:
    await import_users(store, write(tmp_path / "1.csv", "U1,a@example.com,,UTC,yes,no,no,old"))
    await import_users(store, write(tmp_path / "2.csv", "U1,a@example.com,,UTC,yes,no,no,"))
    assert await SqlUsers(store).segment_size("old") == 0


async def test_one_mistake_and_nothing_is_imported(store: Store, tmp_path: Path) -> None:
    rows = [f"U{number},a@example.com,,UTC,yes,no,no,all" for number in range(BATCH * 2)]
    with pytest.raises(UsersFileError, match=f"line {BATCH * 2 + 2}: timezone"):
        await import_users(store, write(tmp_path / "1.csv", *rows, "bad,a@example.com,,Mars,yes,no,no,all"))
    assert await SqlUsers(store).segment_size("all") is None


async def test_a_file_that_changes_between_the_two_readings(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "1.csv"
    rows = [f"U{number},a@example.com,,UTC,yes,no,no,all" for number in range(BATCH + 1)]

    def check_then_change(file: Path) -> int:
        count = check_users(file)
        write(path, *rows, "bad")
        return count

    monkeypatch.setattr("workers.store.users_import.check_users", check_then_change)
    with pytest.raises(UsersFileError):
        await import_users(store, write(path, *rows))
    assert await SqlUsers(store).segment_size("all") is None


async def test_the_loop_goes_on_during_a_large_import(store: Store, tmp_path: Path) -> None:
    rows = [f"U{number:05},a@example.com,,UTC,yes,no,no,all" for number in range(10_000)]
    importing = asyncio.create_task(import_users(store, write(tmp_path / "1.csv", *rows)))
    turns = 0
    while not importing.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert await importing == 10_000
    assert await SqlUsers(store).segment_size("all") == 10_000
    assert turns > 20
