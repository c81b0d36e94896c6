"""Fences of campaign messages: of all actors that a person ever had, one at a time lets messages go out.

An actor decides on the sends that it knows. The store takes a message, or a grant to another sender, only with the
fence of an actor that knew all sends in the store: whoever was lost, reset or began with an old record is refused, and
its senders ask again. The check is one statement of the transaction that writes.
"""

import secrets
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from workers.store.inserts import insert
from workers.store.schema import send_fences, users
from workflows.campaigns.models import Fence

TOKEN_BYTES = 8


def read_fence(connection: Connection, user_id: str) -> Fence:
    """Return the fence of an actor that begins with what is read after this, unless something is written meanwhile."""
    return read_fences(connection, [user_id])[user_id]


def read_fences(connection: Connection, user_ids: Collection[str]) -> Mapping[str, Fence]:
    """Do the same for actors of several users."""
    row = send_fences.c
    of_users = select(users.c.user_id, users.c.person).where(users.c.user_id.in_(user_ids))
    known = {each.user_id: each.person for each in connection.execute(of_users)}
    persons = {user_id: known.get(user_id, user_id) for user_id in user_ids}
    of_persons = select(row.person, row.version).where(row.person.in_(set(persons.values())))
    versions = {each.person: each.version for each in connection.execute(of_persons)}
    return {user_id: Fence(token=_new_token(), version=versions.get(person, 0)) for user_id, person in persons.items()}


def claim_fence(connection: Connection, user_id: str) -> Fence:
    """Make a new fence the store's own, so that no other passes. What is read after this in the transaction is all."""
    row = send_fences.c
    token, person = _new_token(), person_of(connection, user_id)
    statement = insert(connection, send_fences).values(person=person, version=1, token=token)
    again = {"version": row.version + 1, "token": token}
    upsert = statement.on_conflict_do_update(index_elements=[row.person], set_=again)
    return Fence(token=token, version=connection.execute(upsert.returning(row.version)).scalar_one())


def pass_fence(connection: Connection, user_id: str, fence: Fence) -> bool:
    """Return whether the fence lets a send be written, and count it then."""
    row, person = send_fences.c, _person(user_id)
    passes = or_(row.token == fence.token, row.version == fence.version)
    again = {"version": row.version + 1, "token": fence.token}
    if fence.version:
        changed = update(send_fences).where(row.person == person, passes).values(again)
        return connection.execute(changed.returning(row.version)).first() is not None
    statement = insert(connection, send_fences).values(person=person, version=1, token=fence.token)
    upsert = statement.on_conflict_do_update(index_elements=[row.person], set_=again, where=passes)
    return connection.execute(upsert.returning(row.version)).first() is not None


def void_fences(connection: Connection, user_ids: Collection[str]) -> None:
    """Let no fence of these users pass: their actors must read the store first."""
    row = send_fences.c
    for person in sorted({person_of(connection, user_id) for user_id in user_ids}):  # so that none deadlock
        statement = insert(connection, send_fences).values(person=person, version=1, token=None)
        again = {"version": row.version + 1, "token": None}
        connection.execute(statement.on_conflict_do_update(index_elements=[row.person], set_=again))


def join_fences(connection: Connection, one: str, persons: Collection[str]) -> None:
    """Let no fence of these persons pass, who are ``one`` from now on."""
    row = send_fences.c
    known = connection.scalar(select(func.max(row.version)).where(row.person.in_(persons)))
    fresh = {"version": (known or 0) + 1, "token": None}
    statement = insert(connection, send_fences).values(person=one, **fresh)
    connection.execute(statement.on_conflict_do_update(index_elements=[row.person], set_=fresh))


def person_of(connection: Connection, user_id: str) -> str:
    """Return which person a user is; one that is not known is one of its own."""
    return connection.scalar(select(users.c.person).where(users.c.user_id == user_id)) or user_id


def _person(user_id: str) -> ColumnElement[str]:
    """Return the same for a statement."""
    own = select(users.c.person).where(users.c.user_id == user_id).scalar_subquery()
    return func.coalesce(own, user_id)


def _new_token() -> str:
    return secrets.token_hex(TOKEN_BYTES)
