"""The company's directory: people, their managers and groups."""

from datetime import date

from sqlalchemy import Connection, Row, Select, select

from workers.store.engine import Store
from workers.store.errors import KeyConflictError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import booked_absences, group_members, people
from workflows.approvals.ports import Absence, OtherBookingError, Person, UnknownPersonError


class SqlDirectory:
    """The ports `Directory` and `AbsenceBook`."""

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

    async def book_absence(self, person_id: str, since: date, until: date, key: str) -> bool:
        """Book an absence from the first day to the last, once for its key; return False if that was done before."""
        if until < since:
            raise ValueError(f"the absence ends on {until}, before it begins on {since}")
        return await self._store.write(_book_absence, person_id, since, until, key)


def _book_absence(connection: Connection, person_id: str, since: date, until: date, key: str) -> bool:
    if find_person(connection, person_id) is None:
        raise UnknownPersonError(f"the directory does not know {person_id}, so no absence is booked")
    values = {"booking_key": key, "person_id": person_id, "first_day": since, "last_day": until}
    if insert_new(connection, booked_absences, values):
        return True
    known = connection.execute(select(booked_absences).where(booked_absences.c.booking_key == key)).mappings().one()
    try:
        check_same(key, known, values)
    except KeyConflictError as error:
        raise OtherBookingError(str(error)) from None
    return False


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
    booked = connection.execute(_booked().where(booked_absences.c.person_id == person_id))
    return _person(found, tuple(groups), tuple(Absence(each.first_day, each.last_day) for each in booked))


def _booked() -> Select[tuple[object, ...]]:
    return select(booked_absences).order_by(booked_absences.c.first_day, booked_absences.c.last_day)


def all_people(connection: Connection) -> list[Person]:
    """Return everybody, in the order of their IDs."""
    member, groups = group_members.c, dict[str, list[str]]()
    for each in connection.execute(select(group_members).order_by(member.group_name)):
        groups.setdefault(each.person_id, []).append(each.group_name)
    booked: dict[str, list[Absence]] = {}
    for each in connection.execute(_booked()):
        booked.setdefault(each.person_id, []).append(Absence(each.first_day, each.last_day))
    everybody = connection.execute(select(people).order_by(people.c.person_id))
    return [
        _person(found, tuple(groups.get(found.person_id, ())), tuple(booked.get(found.person_id, ())))
        for found in everybody
    ]


def _person(found: Row[tuple[object, ...]], groups: tuple[str, ...], booked: tuple[Absence, ...]) -> Person:
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
        booked=booked,
        digest=found.digest,
    )


def _members(connection: Connection, group: str) -> list[str]:
    member = group_members.c
    query = select(member.person_id).where(member.group_name == group).order_by(member.person_id)
    return list(connection.scalars(query))
