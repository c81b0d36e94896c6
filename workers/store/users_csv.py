"""Import of users from a CSV file."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, EmailStr, model_validator
from sqlalchemy import Connection

from workers.store.csv_file import CsvFile, split_names
from workers.store.engine import Store
from workers.store.phone import PhoneNumber
from workers.store.users import Listed, Upserted, upsert_users
from workflows.campaigns.models import ChannelConsent, Preferences
from workflows.campaigns.ports import User
from workflows.shared.fields import Identifier
from workflows.shared.zones import KnownTimeZone

BATCH = 500
"""Users read and written at a time, to bound the memory."""


def _yes_or_no(value: str) -> bool:
    answers = {"yes": True, "no": False}
    answer = answers.get(value.strip().lower())
    if answer is None:
        raise ValueError(f"{value!r} is neither yes nor no; use one of the two")
    return answer


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
    segments: Annotated[list[Identifier], BeforeValidator(split_names)]

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


def check_users(path: Path) -> int:
    """Read the whole file, and return how many users it has.

    Raises:
        FileMistakesError: it has mistakes.
        OSError: it cannot be read.
    """
    return CsvFile(path, UserRow, "user_id").check()


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    count: int
    """Users of the file."""
    upserted: Upserted


async def import_users(store: Store, path: Path, *, resubscribe: bool = False) -> Imported:
    """Add the users of the file, and change known ones; all of them or none.

    A consent that was withdrawn comes back only to ``resubscribe``.

    The file is read twice: to find all mistakes before anything locks the store, then to write.

    Raises:
        FileMistakesError: the file has mistakes.
        StoreError: the store cannot be used.
        OSError: the file cannot be read.
    """
    count = await asyncio.to_thread(check_users, path)
    return Imported(count, await store.write(_import, path, resubscribe))


def _import(connection: Connection, path: Path, resubscribe: bool) -> Upserted:  # noqa: FBT001 - given by position
    users, done = read_users(path), Upserted()
    while batch := list(islice(users, BATCH)):
        done += upsert_users(connection, batch, resubscribe=resubscribe)
    return done


def read_users(path: Path) -> Iterator[Listed]:
    """Return the users of a file, one at a time.

    Raises:
        FileMistakesError: at the first mistake.
    """
    for row in CsvFile(path, UserRow, "user_id").rows():
        yield row.listed()
