"""Which users are one person: those with the same mailbox or phone. Caps count their sends together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, func, select, update

from workers.store.among import among
from workers.store.fences import join_fences
from workers.store.schema import users

MAILBOX: ColumnElement[str] = func.lower(users.c.email_address)
"""Mail providers take upper and lower case as one."""


def mailbox(address: str) -> str:
    """Return what makes two e-mail addresses one mailbox."""
    return address.lower()


def members(connection: Connection, persons: Collection[str]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the users that each of these persons is."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in connection.execute(select(users).where(users.c.person.in_(set(persons)))).mappings():
        found[row["person"]].append(dict(row))
    return found


class HasAddresses(Protocol):
    """A user's row."""

    @property
    def email_address(self) -> str:
        """The e-mail address, or an empty text."""

    @property
    def phone(self) -> str:
        """The same for the telephone."""


def join_persons(connection: Connection, rows: Sequence[HasAddresses]) -> frozenset[str]:
    """Make users with a common mailbox or phone one person; return the addresses of these that several users have.

    Users who once were one person stay so, whatever their addresses are later.
    """
    shared = shared_addresses(connection, rows)
    for persons in _joined(shared.values()):
        one = min(persons)
        connection.execute(update(users).where(users.c.person.in_(persons)).values(person=one))
        join_fences(connection, one, persons)
    return frozenset(shared)


def shared_addresses(connection: Connection, rows: Sequence[HasAddresses]) -> Mapping[str, set[str]]:
    """Return the mailboxes and phones of these users that several users have, with the persons that these are."""
    return {
        **_shared(connection, MAILBOX, {mailbox(row.email_address) for row in rows}),
        **_shared(connection, users.c.phone, {row.phone for row in rows}),
    }


def _joined(groups: Iterable[set[str]]) -> list[set[str]]:
    """Return the groups of several persons; those that have a person in common are one."""
    joined: list[set[str]] = []
    for group in groups:
        common = [each for each in joined if each & group]
        joined = [each for each in joined if not each & group] + [set(group).union(*common)]
    return [each for each in joined if len(each) > 1]


def _shared(connection: Connection, address: ColumnElement[str], wanted: set[str]) -> dict[str, set[str]]:
    """Return those of the addresses that several users have, with the persons that these are."""
    if not (wanted := wanted - {""}):
        return {}
    several = (
        select(address.label("address"))
        .where(among(connection, address, wanted))
        .group_by(address)
        .having(func.count() > 1)
        .order_by(address)
    )
    found: dict[str, set[str]] = {each: set() for each in connection.scalars(several)}
    pairs = select(address.label("address"), users.c.person).where(address.in_(found)).distinct()
    for each in connection.execute(pairs) if found else ():
        found[each.address].add(each.person)
    return found
