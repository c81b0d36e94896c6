"""Changing the company's directory: who reports to whom, who is in which group, who is absent and who stands in."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from workers.store.csv_file import CsvFile, FileMistakesError, Reading
from workers.store.directory import find_person
from workers.store.engine import Store
from workers.store.inserts import insert
from workers.store.person_row import CALENDARS, PersonRow
from workers.store.schema import group_members, people
from workflows.approvals.ports import Person

NAMES_OTHERS = ("manager", "substitute")
"""Columns with the IDs of other people."""

Row = Mapping[str, Any]
"""A person as in the table."""


class PersonMistake(NamedTuple):
    """What is wrong in a column of a person, given the others in the file and in the directory."""

    person_id: str
    column: str
    words: str


class PeopleMistakesError(Exception):
    """People do not fit the directory. The text has a line for each mistake."""

    def __init__(self, mistakes: Sequence[PersonMistake]) -> None:
        super().__init__("\n".join(f"{each.person_id}: {each.column}: {each.words}" for each in mistakes))
        self.mistakes = mistakes


async def import_people(store: Store, path: Path, calendars: Sequence[str] = ()) -> int:
    """Add the people of the file, change known ones, and return how many the file has; all of them or none.

    ``calendars`` are those of the policy.

    Raises:
        FileMistakesError: the file has mistakes, or does not fit the directory.
        StoreError: the store cannot be used.
        OSError: the file cannot be read.
    """
    file: CsvFile[PersonRow] = CsvFile(path, PersonRow, "person_id", Reading(context={CALENDARS: "\n".join(calendars)}))
    await asyncio.to_thread(file.check)
    lines = {row.person_id: (line, row) for line, row in file.numbered()}
    try:
        await store.write(put_people, [row for _, row in lines.values()])
    except PeopleMistakesError as error:
        raise FileMistakesError(
            [f"{path}: line {lines[each.person_id][0]}: {each.column}: {each.words}" for each in error.mistakes]
        ) from error
    return len(lines)


def add_person(connection: Connection, row: PersonRow) -> Person:
    """Add a person, or tell the directory more about a known one, and return all that it knows of them now.

    What the row does not set stays as it is, and groups are added; a name that is the ID is no name.

    Raises:
        PeopleMistakesError: the person does not fit the directory.
    """
    known = find_person(connection, row.person_id)
    if known is not None:
        name = known.name if row.name == row.person_id else row.name
        row = row.model_copy(update={"name": name, "groups": [*known.groups, *row.groups]})
    put_people(connection, [row])
    added = find_person(connection, row.person_id)
    assert added is not None  # noqa: S101 - just written
    return added


def put_people(connection: Connection, rows: Sequence[PersonRow]) -> None:
    """Add people, or change what the rows set of known ones, in any order.

    Raises:
        PeopleMistakesError: a manager or substitute is neither among them nor in the directory, managers go round in a
            circle, an absence ends before it begins, or two people have one Slack ID.
    """
    # Locked in one order: two imports at once could make a circle together.
    query = select(people).order_by(people.c.person_id).with_for_update()
    known: dict[str, Row] = {row["person_id"]: dict(row) for row in connection.execute(query).mappings()}
    changed = {row.person_id: _merged(row, known.get(row.person_id)) for row in rows}
    if mistakes := list(_mistakes(changed, {**known, **changed})):
        raise PeopleMistakesError(mistakes)
    # A manager may stand below those who report to them, and Slack IDs may be exchanged.
    later = dict.fromkeys((*NAMES_OTHERS, "slack_id"))
    if new := [{**person, **later} for person_id, person in changed.items() if person_id not in known]:
        connection.execute(insert(connection, people), new)
    own = people.c.person_id == bindparam("own")
    connection.execute(update(people).where(own).values(later), [{"own": person_id} for person_id in changed])
    for person_id, person in changed.items():
        connection.execute(update(people).where(people.c.person_id == person_id).values(person))
    for row in rows:
        if "groups" in row.model_fields_set:
            _put_groups(connection, row)


def _merged(row: PersonRow, known: Row | None) -> dict[str, Any]:
    """Return the person's row after the change."""
    told = row.model_dump(exclude={"groups"}, exclude_unset=known is not None)
    person = {**(known or {}), **told}
    return {**person, "email": person["email"] or ""}


def _put_groups(connection: Connection, row: PersonRow) -> None:
    connection.execute(delete(group_members).where(group_members.c.person_id == row.person_id))
    for group in dict.fromkeys(row.groups):
        connection.execute(insert(connection, group_members).values(group_name=group, person_id=row.person_id))


def _mistakes(changed: Mapping[str, Row], everybody: Mapping[str, Row]) -> Iterator[PersonMistake]:
    """Return what is wrong with the changed people among everybody."""
    slack = {row["slack_id"]: person_id for person_id, row in everybody.items() if person_id not in changed}
    in_circles: set[str] = set()
    for person_id, row in changed.items():
        for column in NAMES_OTHERS:
            if row[column] not in {None, *everybody}:
                words = f"{row[column]} is not in the directory; add {row[column]} first"
                yield PersonMistake(person_id, column, words)
        if wrong := _wrong_absence(row["absent_from"], row["absent_until"]):
            yield PersonMistake(person_id, "absent_until", wrong)
        if (slack_id := row["slack_id"]) and (other := slack.setdefault(slack_id, person_id)) != person_id:
            yield PersonMistake(person_id, "slack_id", f"{slack_id} is that of {other}; a member is one person")
        circle = _circle(person_id, everybody)
        if circle and not in_circles & set(circle):
            words = f"a circle of managers: {' → '.join([*circle, person_id])}; somebody must have no manager in it"
            yield PersonMistake(person_id, "manager", words)
        in_circles.update(circle)


def _wrong_absence(since: date | None, until: date | None) -> str | None:
    if until is None or (since is not None and since <= until):
        return None
    if since is None:
        return "absent_from is empty; give the first day of the absence, too"
    return f"{until} is before absent_from, {since}; give the last day of the absence, or leave it empty"


def _circle(person_id: str, everybody: Mapping[str, Row]) -> list[str]:
    """Return the managers from a person up to the same person; empty if they end, as they should."""
    above, at = [person_id], everybody[person_id]["manager"]
    while at in everybody and at not in above:
        above.append(at)
        at = everybody[at]["manager"]
    return above if at == person_id else []
