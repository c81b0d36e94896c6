"""Addresses that a list says have bounced: nobody writes there any more, until somebody says that they are right."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from workers.store.consent_schema import bounces
from workers.store.engine import Store
from workers.store.schema import send_fences
from workers.store.types import utc_now
from workers.store.user_row import ListedBounce, UserRow
from workers.store.user_writes import Merging, Upserted, compare_users, write_users
from workers.store.users import SqlUsers, _save_changes
from workers.store.users_csv import Options, import_users
from workflows.campaigns.bounces import BounceKind
from workflows.campaigns.models import Channel, Fence
from workflows.campaigns.steps import UserChanges, UserSettings

HARD = ListedBounce(BounceKind.HARD, None, "cleaned", "Mailchimp export")
HEADER = "user_id,email_address,phone,timezone,email,sms,push,segments"


def row(user_id: str, address: str = "", bounce: ListedBounce | None = HARD, *, email: bool | None = True) -> UserRow:
    address = address or f"{user_id}@example.com"
    return UserRow(user_id, address, "", "UTC", email, None, None, "{}", [], bounce)


async def write(store: Store, *rows: UserRow, resubscribe: bool = False) -> Upserted:
    return await store.write(lambda connection: write_users(connection, [rows], Merging("UTC", resubscribe)))


async def suppressed(store: Store, *user_ids: str) -> list[str]:
    found = await SqlUsers(store).users(user_ids)
    return [user_id for user_id in user_ids if found[user_id].suppressions]


async def give_back(store: Store, user_id: str) -> None:
    changes = UserChanges(
        user_id=user_id,
        fence=Fence(),
        settings=UserSettings(number=1),
        granted=[],
        reported=[],
        released=[],
        turned_on={Channel.EMAIL: utc_now()},
    )
    await store.write(_save_changes, changes)


async def test_it_holds_for_whoever_has_the_mailbox_and_their_actors_hear_of_it(store: Store) -> None:
    await write(store, row("A", "Pat@example.com", None), row("B", bounce=None))
    assert (await write(store, row("C", "pat@Example.com"))).suppressed == 1
    assert await suppressed(store, "A", "B", "C") == ["A", "C"]
    assert await store.read(_fenced) == ["A"]  # which is C, too
    user = await SqlUsers(store).user("A")
    assert user is not None
    [suppression] = user.suppressions
    assert (suppression.reason, suppression.detail, suppression.by) == ("hard bounce", "cleaned", "Mailchimp export")
    assert user.preferences.channels.email  # at another address it counts


async def test_the_same_list_again_changes_nothing_of_what_was_given_back(store: Store) -> None:
    listed = row("A", bounce=HARD._replace(at=utc_now() - timedelta(days=1)))
    assert (await store.read(compare_users, [row("A")])).new == [row("A")]
    await write(store, listed)
    assert (await store.read(compare_users, [listed])).same == 1
    await give_back(store, "A")
    assert await suppressed(store, "A") == []
    assert (await write(store, listed)).suppressed == 0
    earlier = listed._replace(bounce=HARD._replace(at=utc_now() - timedelta(days=2)))
    assert (await write(store, earlier)).suppressed == 0
    assert await suppressed(store, "A") == []
    later = listed._replace(bounce=HARD._replace(at=utc_now() + timedelta(days=2)))
    assert (await store.read(compare_users, [later])).changed == [later]
    assert (await write(store, later)).suppressed == 1
    assert await suppressed(store, "A") == ["A"]


async def test_a_list_that_says_yes_gives_no_address_back_that_it_says_has_bounced(store: Store) -> None:
    await write(store, row("A"), row("B"))
    await write(store, row("A"), row("B", bounce=None), resubscribe=True)
    assert await suppressed(store, "A", "B") == ["A"]


async def test_a_row_without_an_address_says_it_of_the_one_that_is_known(store: Store) -> None:
    await write(store, row("A", bounce=None))
    nowhere = row("A")._replace(email_address="")
    assert (await store.read(compare_users, [nowhere])).changed == [nowhere]
    await write(store, nowhere, row("B")._replace(email_address=""))
    assert await suppressed(store, "A", "B") == ["A"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lists=st.lists(
        st.lists(
            st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=4, unique_by=lambda each: each[0]
        ),
        min_size=1,
        max_size=4,
    ),
    prefix=st.uuids(version=4),
)
async def test_whoever_has_an_address_that_ever_bounced_is_suppressed(
    store: Store, lists: list[list[tuple[int, bool, bool]]], prefix: object
) -> None:
    wanted, address_of = set(), {}
    for rows in lists:
        said = []
        for number, moved, bounces_ in rows:
            address = f"{prefix}-{number % 2 if moved else number + 2}@example.com"
            address_of[f"{prefix}-{number}"] = address
            said.append(row(f"{prefix}-{number}", address, HARD if bounces_ else None))
            wanted |= {address} if bounces_ else set()
        await write(store, *said)
    of = sorted(address_of)
    assert await suppressed(store, *of) == [user_id for user_id in of if address_of[user_id] in wanted]


@pytest.mark.parametrize("cell", ["hard", "Complaint", '" hard "'])
async def test_a_column_of_any_list_may_say_so(store: Store, tmp_path: Path, cell: str) -> None:
    path = tmp_path / "1.csv"
    path.write_text(f"{HEADER},email_bounce\nA,a@example.com,,UTC,yes,,,,{cell}\nB,b@example.com,,UTC,yes,,,,\n")
    imported = await import_users(store, path, Options())
    assert (imported.mistakes, imported.upserted.suppressed) == ([], 1)
    assert await suppressed(store, "A", "B") == ["A"]
    user = await SqlUsers(store).user("A")
    assert user is not None
    assert user.preferences.channels.email is (cell.strip('" ').lower() == "hard")
    assert "email_bounce" not in user.attributes


async def test_another_word_is_a_mistake_of_its_line(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "1.csv"
    path.write_text(f"{HEADER},email_bounce\nA,a@example.com,,UTC,yes,,,,soft\nB,b@example.com,,UTC,yes,,,,\n")
    imported = await import_users(store, path, Options())
    words = "'soft' is neither hard nor complaint; use one of the two, or leave the cell empty"
    assert imported.mistakes == [f"line 2: email_bounce: {words}"]
    assert await store.read(lambda connection: list(connection.scalars(select(bounces.c.address)))) == []


async def test_imports_at_once_suppress_an_address_once(store: Store, tmp_path: Path) -> None:
    for number in range(4):
        users_ = "\n".join(f"U{each},u{each}@example.com,,UTC,yes,,,,hard" for each in range(300))
        (tmp_path / f"{number}.csv").write_text(f"{HEADER},email_bounce\n{users_}\n")
    done = [import_users(store, tmp_path / f"{number}.csv") for number in range(4)]
    imported = await asyncio.gather(*done)
    assert [each.count for each in imported] == [300] * 4
    addresses = await store.read(lambda connection: list(connection.scalars(select(bounces.c.address))))
    assert len(addresses) == len(set(addresses)) == 300
    assert len(await suppressed(store, *(f"U{each}" for each in range(300)))) == 300


def _fenced(connection: Connection) -> list[str]:
    return sorted(connection.scalars(select(send_fences.c.person)))
