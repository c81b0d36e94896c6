"""The company's directory: people, their managers and groups."""

from sqlalchemy import Connection, Row, select

from workers.store.engine import Store
from workers.store.schema import group_members, people
from workflows.approvals.ports import Absence, Person


class SqlDirectory:
    """The port `Directory`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def person(self, person_id: str) -> Person | None:
        """Return the person, or None if nobody has that ID."""
        return await self._store.read(find_person, person_id)

    async def people(self, limit: int) -> list[str]:
        """Return the IDs of the first ``limit`` people, sorted."""
        return await self._store.read(_people, limit)

    async def members(self, group: str) -> list[str]:
        """Return the IDs of a group's members, sorted; none for an unknown group."""
        return await self._store.read(_members, group)


def _people(connection: Connection, limit: int) -> list[str]:
    return list(connection.scalars(select(people.c.person_id).order_by(people.c.person_id).limit(limit)))


def find_person(connection: Connection, person_id: str) -> Person | None:
    """Return the person, or None if nobody has that ID."""
    member = group_members.c
    found = connection.execute(select(people).where(people.c.person_id == person_id)).one_or_none()
    if found is None:
        return None
    groups = connection.scalars(
        select(member.group_name).where(member.person_id == person_id).order_by(member.group_name)
    )
    return _person(found, tuple(groups))


def all_people(connection: Connection) -> list[Person]:
    """Return everybody, in the order of their IDs."""
    member, groups = group_members.c, dict[str, list[str]]()
    for each in connection.execute(select(group_members).order_by(member.group_name)):
        groups.setdefault(each.person_id, []).append(each.group_name)
    everybody = connection.execute(select(people).order_by(people.c.person_id))
    return [_person(found, tuple(groups.get(found.person_id, ()))) for found in everybody]


def _person(found: Row[tuple[object, ...]], groups: tuple[str, ...]) -> Person:
    return Person(
        found.person_id,
        found.name,
        found.email,
        found.manager,
        groups,
        timezone=found.timezone,
        slack_id=found.slack_id,
        calendar=found.calendar,
        absence=Absence(found.absent_from, found.absent_until) if found.absent_from else None,
        substitute=found.substitute,
    )


def _members(connection: Connection, group: str) -> list[str]:
    member = group_members.c
    query = select(member.person_id).where(member.group_name == group).order_by(member.person_id)
    return list(connection.scalars(query))
