"""Writes of lists of users: in parts, only what changes, and whatever another import does meanwhile."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from workers.store.bulk import insert_rows
from workers.store.engine import Store
from workers.store.schema import send_fences, users
from workers.store.types import utc_now
from workers.store.user_row import UserRow
from workers.store.user_writes import Merging, Upserted, compare_users, write_users
from workers.store.users import SqlUsers
from workflows.campaigns.bounces import Bounce, BounceKind
from workflows.campaigns.models import Channel


def row(number: int, **said: Any) -> UserRow:  # noqa: ANN401 - of any column
    """Return one of many users."""
    user = UserRow(f"U{number:03}", f"u{number}@example.com", "", "UTC", True, None, False, '{"plan": "pro"}', ["all"])  # noqa: FBT003 - a row
    return user._replace(**said)


def write(connection: Connection, rows: Sequence[UserRow], *, new: bool = False) -> Upserted:
    """Write them in parts of three."""
    return write_users(connection, [rows[start : start + 3] for start in range(0, len(rows), 3)], new=new)


async def test_an_insert_says_how_many_rows_were_new(store: Store) -> None:
    stored = [Merging().merged(row(number), None) for number in range(3)]
    assert await store.write(insert_rows, users, stored[:2]) == 2
    assert await store.write(insert_rows, users, stored) == 1


async def test_what_is_known_is_not_written_again(store: Store) -> None:
    rows = [row(number) for number in range(6)]
    assert (await store.read(compare_users, rows)).new == rows
    await store.write(write, rows)
    changed = [row(1, segments=["other"]), row(2, email=False), row(3, attributes='{"city": "Paris"}')]
    silent = [row(0), row(4, email_address="", timezone="", email=None, attributes="{}"), row(5, attributes="{}")]
    compared = await store.read(compare_users, [row(9), *silent, *changed])
    assert (compared.new, compared.changed, compared.same) == ([row(9)], changed, 3)


async def test_consent_that_is_kept_out_is_counted(store: Store) -> None:
    await store.write(write, [row(1, email=False), row(2)])
    assert (await store.read(compare_users, [row(1), row(2)])).upserted.kept_out == 1
    assert (await store.write(write, [row(1, segments=[]), row(2)])).kept_out == 1
    assert (await store.read(compare_users, [row(1)], Merging(resubscribe=True))).changed == [row(1)]


async def test_actors_read_the_store_when_consent_has_changed(store: Store) -> None:
    await store.write(write, [row(1), row(2), row(3)])
    await store.write(write, [row(1, email=False), row(2, phone="+12025550101"), row(3, push=True, email=False)])
    assert await store.read(_fenced) == ["U001", "U002", "U003"]
    await store.write(write, [row(4), row(5)])
    await store.write(write, [row(4, segments=["other"]), row(5, attributes='{"plan": "free"}')])
    assert await store.read(_fenced) == ["U001", "U002", "U003"]


async def test_only_a_list_that_says_yes_lifts_what_is_suppressed(store: Store) -> None:
    users_ = SqlUsers(store)
    rows, told = [row(1), row(2)], Merging(resubscribe=True)
    await store.write(write, rows)
    for number in (1, 2):
        bounce = Bounce(
            kind=BounceKind.HARD, user_id=f"U{number:03}", channel=Channel.EMAIL, key="1", at=utc_now(), by="a"
        )
        await users_.save_bounce(bounce)
    said = [row(1), row(2, email=None)]
    assert (await store.read(compare_users, said)).changed == []
    assert (await store.read(compare_users, said, told)).changed == [row(1)]
    await store.write(lambda connection: write_users(connection, [said], told))
    found = await users_.users(["U001", "U002"])
    assert [len(found[user_id].suppressions) for user_id in ("U001", "U002")] == [0, 1]


async def test_users_made_meanwhile_are_merged(store: Store) -> None:
    opted_out = row(1, email=False, attributes='{"city": "Paris"}')
    await store.write(write, [opted_out])
    await store.write(_write_as_new, [row(number) for number in range(5)])
    user = await SqlUsers(store).user("U001")
    assert user is not None
    assert not user.preferences.channels.email
    assert user.attributes == {"city": "Paris", "plan": "pro"}
    assert await SqlUsers(store).segment_size("all") == 5


def _write_as_new(connection: Connection, rows: Sequence[UserRow]) -> Upserted:
    return write(connection, rows, new=True)


async def test_parts_share_mailboxes(store: Store) -> None:
    rows = [row(number, email_address=f"{'Pat' if number in {0, 9} else number}@example.com") for number in range(10)]
    upserted = await store.write(_write_as_new, rows)
    assert (upserted.written, upserted.shared) == (10, frozenset({"pat@example.com"}))
    assert await store.read(_persons) == {"U000", *(f"U{number:03}" for number in range(1, 9))}


def _persons(connection: Connection) -> set[str]:
    return set(connection.scalars(select(users.c.person)))


def _fenced(connection: Connection) -> Sequence[str]:
    return sorted(connection.scalars(select(send_fences.c.person)))
