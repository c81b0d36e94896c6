"""Fences of campaign messages: of all actors that a person ever had, one at a time lets messages go out.

An actor decides on the sends that it knows. The store takes a message, or a grant to another sender, only with the
fence of an actor that knew all sends in the store, and every default policy that held when it granted: whoever was
lost, reset or began with an old record is refused, and its senders ask again. The check is one statement of the
transaction that writes.
"""

import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import ColumnElement, Connection, Executable, bindparam, exists, func, literal, or_, select, update

from workers.store.among import among
from workers.store.inserts import insert, insert_for
from workers.store.schema import default_policies, send_fences, users
from workers.store.types import UtcDateTime
from workflows.campaigns.models import Fence

TOKEN_BYTES = 8
USER, TOKEN, VERSION, POLICY, GRANTED_AT = "for_user", "for_token", "for_version", "for_policy", "for_granted_at"
PERSON = "for_person"
"""Parameters of the prepared statements."""
NOTHING_GRANTED = datetime.min.replace(tzinfo=UTC)
"""Before any default policy."""


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


def pass_fence(connection: Connection, user_id: str, fence: Fence, granted_at: datetime = NOTHING_GRANTED) -> bool:
    """Return whether the fence lets a send be written that was granted then, and count it then."""
    statement = _update_passed() if fence.version else _insert_or_update_passed(connection.dialect.name)
    given = {
        USER: user_id,
        TOKEN: fence.token,
        VERSION: fence.version,
        POLICY: fence.policy,
        GRANTED_AT: granted_at,
    }
    return connection.execute(statement, given).first() is not None


@cache
def _update_passed() -> Executable:
    """Return the statement for a user who had a fence when that of the actor was made; making it takes longer."""
    row, again = send_fences.c, {"version": send_fences.c.version + 1, "token": bindparam(TOKEN)}
    passed = update(send_fences).where(row.person == _given_person(), _passes(), _knew_policy()).values(again)
    return passed.returning(row.version)


@cache
def _insert_or_update_passed(dialect: str) -> Executable:
    """Return the one for a user who had none."""
    row, again = send_fences.c, {"version": send_fences.c.version + 1, "token": bindparam(TOKEN)}
    token = bindparam(TOKEN, type_=row.token.type)
    new = select(_given_person(), literal(1), token).where(_knew_policy())
    one = insert_for(dialect, send_fences).from_select(["person", "version", "token"], new)
    passed = one.on_conflict_do_update(index_elements=[row.person], set_=again, where=_passes())
    return passed.returning(row.version)


def _passes() -> ColumnElement[bool]:
    return or_(send_fences.c.token == bindparam(TOKEN), send_fences.c.version == bindparam(VERSION))


def _knew_policy() -> ColumnElement[bool]:
    """Return that no default policy held at the grant of which the actor did not know."""
    row, granted_at = default_policies.c, bindparam(GRANTED_AT, type_=UtcDateTime)
    return ~exists().where(row.revision > bindparam(POLICY), row.effective_from <= granted_at)


def _given_person() -> ColumnElement[str]:
    """Return which person the given user is, for a statement; see `person_of`."""
    user = bindparam(USER, type_=users.c.user_id.type)
    own = select(users.c.person).where(users.c.user_id == user).scalar_subquery()
    return func.coalesce(own, user)


def lock_fence(connection: Connection, user_id: str) -> None:
    """Let no other transaction pass a fence of this user before the end of this one; it changes no fence."""
    person = person_of(connection, user_id)
    row = send_fences.c
    new = insert(connection, send_fences).values(person=person, version=0, token=None)
    connection.execute(new.on_conflict_do_nothing())
    connection.execute(select(row.version).where(row.person == person).with_for_update())


def void_fences(connection: Connection, user_ids: Collection[str]) -> None:
    """Let no fence of these users pass: their actors must read the store first."""
    if not user_ids:
        return
    row, known = send_fences.c, select(users.c.user_id, users.c.person)
    found = connection.execute(known.where(among(connection, users.c.user_id, user_ids)))
    persons = {each.user_id: each.person for each in found}
    statement = insert(connection, send_fences).values(person=bindparam(PERSON), version=1, token=None)
    again = {"version": row.version + 1, "token": None}
    upsert = statement.on_conflict_do_update(index_elements=[row.person], set_=again)
    # Sorted, so that none deadlock.
    connection.execute(upsert, [{PERSON: one} for one in sorted({persons.get(each, each) for each in user_ids})])


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


def _new_token() -> str:
    return secrets.token_hex(TOKEN_BYTES)
