"""Sample data, one function for each system. What is there already stays as it is."""

from pathlib import Path

from sqlalchemy import Connection

from workers.store.inserts import insert, insert_new
from workers.store.schema import group_members, people, stock
from workers.store.user_writes import compare_users, write_users
from workers.store.users_csv import read_users

STOCK = {"SKU-DESK": 25, "SKU-CHAIR": 100, "SKU-LAMP": 250, "SKU-SHELF": 0}

PEOPLE = [
    # Managers before their reports.
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
"""``USER-001`` to ``USER-050``, in an import's columns, with fictitious phone numbers (Ofcom's range, 555-01xx)."""


def add_stock(connection: Connection) -> str:
    """Add what orders need, and return what it is, for people."""
    rows = [{"sku": sku, "available": available} for sku, available in STOCK.items()]
    connection.execute(insert(connection, stock).on_conflict_do_nothing(), rows)
    return f"{len(rows)} SKUs"


def add_people(connection: Connection) -> str:
    """Add what approvals need, and return what it is, for people."""
    for person_id, name, manager in PEOPLE:
        person = {"person_id": person_id, "name": name, "email": f"{person_id}@example.com", "manager": manager}
        if insert_new(connection, people, person):
            for group in (name for name, members in GROUPS.items() if person_id in members):
                insert_new(connection, group_members, {"group_name": group, "person_id": person_id})
    return f"{len(PEOPLE)} people"


def add_users(connection: Connection) -> str:
    """Add what campaigns need, and return what it is, for people.

    A known user joins no segment: an import may have taken them out of it.
    """
    rows = list(read_users(USERS))
    write_users(connection, [compare_users(connection, rows).new])
    return f"{len(rows)} users"
