"""The sample data of a demo: stock, people and users."""

from pathlib import Path

from sqlalchemy import Connection

from workers.store.engine import Store
from workers.store.inserts import insert, insert_new
from workers.store.schema import group_members, people, stock, users
from workers.store.users import add_to_segments, user_row
from workers.store.users_csv import read_users

STOCK = {"SKU-DESK": 25, "SKU-CHAIR": 100, "SKU-LAMP": 250, "SKU-SHELF": 0}

PEOPLE = [
    # Managers come before those whom they manage.
    ("greta", "Greta Sommer", None),
    ("dora", "Dora Novak", "greta"),
    ("ben", "Ben Okafor", "dora"),
    ("ana", "Ana Ribeiro", "ben"),
    ("fay", "Fay Lindqvist", "ben"),
    ("chen", "Chen Wei", None),
    ("emeka", "Emeka Obi", None),
]

GROUPS = {
    "directors": ["dora", "greta"],
    "hr": ["chen", "emeka"],
}

USERS = Path(__file__).with_name("sample_users.csv")
"""``USER-001`` to ``USER-050``, in the columns of an import. Their telephone numbers are of ranges that no network
gives out: Ofcom's for drama, and the 555-01xx of North America."""


async def fill_sample(store: Store) -> None:
    """Add the sample data that is missing. What is there, such as stock that was sold since, stays as it is.

    Raises:
        StoreError: the store cannot be used.
    """
    await store.write(_fill)


def _fill(connection: Connection) -> None:
    rows = [{"sku": sku, "available": available} for sku, available in STOCK.items()]
    connection.execute(insert(connection, stock).on_conflict_do_nothing(), rows)
    _add_people(connection)
    _add_users(connection)


def _add_people(connection: Connection) -> None:
    for person_id, name, manager in PEOPLE:
        person = {"person_id": person_id, "name": name, "email": f"{person_id}@example.com", "manager": manager}
        if insert_new(connection, people, person):
            for group in (name for name, members in GROUPS.items() if person_id in members):
                insert_new(connection, group_members, {"group_name": group, "person_id": person_id})


def _add_users(connection: Connection) -> None:
    """Add users and their segments. One who is known may have been imported since, and is in no segment again."""
    new = [listed for listed in read_users(USERS) if insert_new(connection, users, user_row(listed[0]))]
    add_to_segments(connection, new)
