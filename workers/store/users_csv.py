"""Import of users from a CSV file. A mistake is reported with its line, its column and what would be right."""

import asyncio
import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, TextIO

from pydantic import BaseModel, BeforeValidator, EmailStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from sqlalchemy import Connection

from workers.store.engine import Store
from workers.store.phone import PhoneNumber
from workers.store.users import Listed, upsert_users
from workflows.campaigns.models import ChannelConsent, Preferences
from workflows.campaigns.ports import User
from workflows.shared.fields import Identifier
from workflows.shared.zones import KnownTimeZone

MAX_MISTAKES = 20
"""Mistakes of a file that are reported."""

BATCH = 500
"""Users read and written at a time, to bound the memory."""


class UsersFileError(Exception):
    """The file cannot be imported; each of ``mistakes`` is one line for people."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def _yes_or_no(value: str) -> bool:
    answers = {"yes": True, "no": False}
    answer = answers.get(value.strip().lower())
    if answer is None:
        raise ValueError(f"{value!r} is neither yes nor no; use one of the two")
    return answer


def _names(value: str) -> list[str]:
    return [name for part in value.split(";") if (name := part.strip())]


YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]


class UserRow(BaseModel):
    """One row of the file."""

    user_id: Identifier
    email_address: EmailStr
    phone: Annotated[PhoneNumber | None, BeforeValidator(lambda value: value or None)]
    timezone: KnownTimeZone
    email: YesNo
    sms: YesNo
    push: YesNo
    segments: Annotated[list[Identifier], BeforeValidator(_names)]

    @model_validator(mode="after")
    def _can_be_called(self) -> "UserRow":
        if self.sms and self.phone is None:
            raise ValueError("phone is empty, but sms is yes; give a number like +12025550101, or set sms to no")
        return self

    def listed(self) -> Listed:
        """Return the user and the segments."""
        channels = ChannelConsent(email=self.email, sms=self.sms, push=self.push)
        preferences = Preferences(channels=channels)
        return User(self.user_id, self.email_address, self.phone or "", self.timezone, preferences), self.segments


COLUMNS = list(UserRow.model_fields)
CellsAt = tuple[int, list[str]]
"""A line of the file, counted from 1, and the cells of the row that starts there."""


async def import_users(store: Store, path: Path) -> int:
    """Add the users of the file, change known ones, and return how many the file has; all of them or none.

    The file is read twice: to find all mistakes before anything locks the store, then to write.

    Raises:
        UsersFileError: the file has mistakes.
        StoreError: the store cannot be used.
        OSError: the file cannot be read.
    """
    count = await asyncio.to_thread(check_users, path)
    await store.write(_import, path)
    return count


def _import(connection: Connection, path: Path) -> None:
    users = read_users(path)
    while batch := list(islice(users, BATCH)):
        upsert_users(connection, batch)


def check_users(path: Path) -> int:
    """Read the whole file, and return how many users it has.

    Raises:
        UsersFileError: it has mistakes.
    """
    mistakes: list[str] = []
    lines: dict[str, int] = {}
    for line, row in _rows(path):
        if not isinstance(row, UserRow):
            mistakes += row
        elif (first := lines.setdefault(row.user_id, line)) != line:
            mistakes.append(f"line {line}: user_id {row.user_id} is on line {first} already")
        if len(mistakes) > MAX_MISTAKES:
            mistakes[MAX_MISTAKES:] = [f"and more from line {line} on"]
            break
    if mistakes:
        raise UsersFileError([f"{path}: {mistake}" for mistake in mistakes])
    return len(lines)


def read_users(path: Path) -> Iterator[Listed]:
    """Return the users of a file, one at a time.

    Raises:
        UsersFileError: at the first mistake.
    """
    for _, row in _rows(path):
        if not isinstance(row, UserRow):
            raise UsersFileError([f"{path}: {mistake}" for mistake in row])
        yield row.listed()


def _rows(path: Path) -> Iterator[tuple[int, UserRow | list[str]]]:
    """Return each row with its line: the user, or what is wrong with it. A file that is broken ends there."""
    line = 1
    try:
        # A spreadsheet program writes a byte-order mark before UTF-8.
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = _cells(file)
            _, header = next(cells, (1, []))
            if wrong := _wrong_columns(header):
                yield 1, [wrong]
                return
            for line, values in cells:
                yield line, _row(line, header, values)
    except UnicodeDecodeError:
        yield line, [f"near line {line}: this is not UTF-8 text; save the file as CSV UTF-8"]
    except csv.Error as error:
        yield line, [f"after line {line}: this is not CSV: {error}"]


def _cells(file: TextIO) -> Iterator[CellsAt]:
    """Return the rows that have any text. A quoted cell may have line breaks, so a row can take several lines."""
    reader = csv.reader(file, strict=True)
    line = 1
    for values in reader:
        if any(value.strip() for value in values):
            yield line, [value.strip() for value in values]
        line = reader.line_num + 1


def _wrong_columns(header: Sequence[str]) -> str | None:
    right = f"the first line must be {','.join(COLUMNS)}"
    if unknown := [name for name in header if name not in COLUMNS]:
        return f"line 1: unknown column {unknown[0]!r}; {right}"
    if missing := [name for name in COLUMNS if name not in header]:
        return f"line 1: no column {missing[0]!r}; {right}"
    if len(header) > len(COLUMNS):
        return f"line 1: a column is there twice; {right}"
    return None


def _row(line: int, header: Sequence[str], values: Sequence[str]) -> UserRow | list[str]:
    if len(values) != len(header):
        return [f"line {line}: {len(values)} cells, but there are {len(header)} columns; quote a cell that has a comma"]
    try:
        return UserRow.model_validate(dict(zip(header, values, strict=True)))
    except ValidationError as error:
        return [f"line {line}: {_mistake(detail)}" for detail in error.errors(include_url=False, include_context=False)]


def _mistake(detail: ErrorDetails) -> str:
    text = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return text
    text = PLAINER.get(detail["type"], text)
    given = "" if repr(detail["input"]) in text else f"{detail['input']!r}: "
    return f"{detail['loc'][0]}: {given}{text}"


PLAINER = {
    "string_too_short": "this must not be empty",
}
"""Plainer words for pydantic's messages."""
