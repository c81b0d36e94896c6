"""People of the company's directory: who reports to whom, and who is in which group."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, EmailStr, model_validator
from sqlalchemy import Connection, delete, select, update

from workers.store.csv_file import CsvFile, FileMistakesError, split_names
from workers.store.directory import find_person
from workers.store.engine import Store
from workers.store.inserts import insert
from workers.store.schema import group_members, people
from workflows.shared.fields import Identifier, Name


class UnknownManagerError(Exception):
    """A manager is not in the directory. The text is one line for people."""


def _not_kept(value: str) -> str:
    if value:
        raise ValueError("the directory does not keep this yet; leave it empty")
    return value


OrNone = BeforeValidator(lambda value: value or None)
NotKept = Annotated[str, AfterValidator(_not_kept)]


class PersonRow(BaseModel):
    """A person; as a row of a file, the groups are separated by semicolons."""

    person_id: Identifier
    name: Name
    email: Annotated[EmailStr | None, OrNone] = None
    manager: Annotated[Identifier | None, OrNone] = None
    groups: Annotated[list[Identifier], BeforeValidator(lambda v: split_names(v) if isinstance(v, str) else v)] = []
    timezone: NotKept = ""
    slack_id: NotKept = ""
    calendar: NotKept = ""
    absent_from: NotKept = ""
    absent_until: NotKept = ""
    substitute: NotKept = ""

    @model_validator(mode="after")
    def _has_another_manager(self) -> "PersonRow":
        if self.manager == self.person_id:
            raise ValueError(f"manager: {self.manager} cannot be their own manager; leave it empty for nobody")
        return self


async def import_people(store: Store, path: Path) -> int:
    """Add the people of the file, change known ones, and return how many the file has; all of them or none.

    Raises:
        FileMistakesError: the file has mistakes, or a manager is neither in it nor in the directory.
        StoreError: the store cannot be used.
        OSError: the file cannot be read.
    """
    file = CsvFile(path, PersonRow, "person_id")
    await asyncio.to_thread(file.check)
    rows = list(file.rows())
    try:
        await store.write(put_people, rows)
    except UnknownManagerError as error:
        raise FileMistakesError([f"{path}: {error}"]) from error
    return len(rows)


def add_person(connection: Connection, row: PersonRow) -> PersonRow:
    """Add a person, or tell the directory more about a known one, and return all that it knows of them now.

    What the row leaves empty stays as it is, and groups are added; a name that is the ID is no name.

    Raises:
        UnknownManagerError: the manager is not in the directory.
    """
    known = find_person(connection, row.person_id)
    if known is not None:
        row = PersonRow(
            person_id=row.person_id,
            name=known.name if row.name == row.person_id else row.name,
            email=row.email or known.email,
            manager=row.manager or known.manager,
            groups=[*known.groups, *row.groups],
        )
    put_people(connection, [row])
    return row


def put_people(connection: Connection, rows: Sequence[PersonRow]) -> None:
    """Add people or change them to what the rows say, in any order; afterwards they are in the given groups only.

    Raises:
        UnknownManagerError: a manager is neither among them nor in the directory.
    """
    known = set(connection.scalars(select(people.c.person_id))) | {row.person_id for row in rows}
    for row in rows:
        if row.manager is not None and row.manager not in known:
            raise UnknownManagerError(
                f"{row.person_id}: the manager {row.manager} is not in the directory; add {row.manager} first"
            )
        person = {"person_id": row.person_id, "name": row.name, "email": row.email or ""}
        statement = insert(connection, people).values(person)
        connection.execute(statement.on_conflict_do_update(index_elements=[people.c.person_id], set_=person))
        connection.execute(delete(group_members).where(group_members.c.person_id == row.person_id))
        for group in dict.fromkeys(row.groups):
            connection.execute(insert(connection, group_members).values(group_name=group, person_id=row.person_id))
    for row in rows:  # only now: a manager may stand below those who report to them
        connection.execute(update(people).where(people.c.person_id == row.person_id).values(manager=row.manager))
