"""Import of users from a CSV file."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, model_validator
from sqlalchemy import Connection

from workers.store.csv_file import CsvFile, Reading, normal, split_names
from workers.store.engine import Store
from workers.store.mail_address import SendableAddress
from workers.store.phone import e164
from workers.store.users import Listed, Upserted, upsert_users
from workflows.campaigns.models import ChannelConsent, Preferences
from workflows.campaigns.ports import User
from workflows.shared.codes import COUNTRIES
from workflows.shared.fields import Identifier
from workflows.shared.zones import KnownTimeZone

BATCH = 500
"""Users read and written at a time, to bound the memory."""

ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
COUNTRY = "country"
"""In a validation's context: the country of telephone numbers without a country code."""


def _yes_or_no(value: str) -> bool:
    answer = ANSWERS.get(value.strip().lower())
    if answer is None:
        raise ValueError(f"{value!r} is neither yes nor no; use one of the two")
    return answer


def _phone(value: str, info: ValidationInfo) -> str | None:
    if not value:
        return None
    own = str(info.data.get("country") or "").upper()
    country = own if own in COUNTRIES else (info.context or {}).get(COUNTRY)
    try:
        return e164(value, country)
    except ValueError as error:
        raise ValueError(f"{error}{'' if country else ', or say which country it is in with --country'}") from None


YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]


class UserRow(BaseModel):
    """One row of the file."""

    user_id: Identifier
    email_address: Annotated[SendableAddress | None, BeforeValidator(lambda value: value or None)]
    country: str = ""
    phone: Annotated[str | None, BeforeValidator(_phone)]
    timezone: KnownTimeZone
    email: YesNo
    sms: YesNo
    push: YesNo
    segments: Annotated[list[Identifier], BeforeValidator(split_names)]
    attributes: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_reached(self) -> "UserRow":
        if self.email and self.email_address is None:
            raise ValueError("email_address is empty, but email is yes; give an address, or set email to no")
        if self.sms and self.phone is None:
            raise ValueError("phone is empty, but sms is yes; give a number like +12025550101, or set sms to no")
        return self

    def listed(self) -> Listed:
        """Return the user and the segments."""
        channels = ChannelConsent(email=self.email, sms=self.sms, push=self.push)
        user = User(
            self.user_id,
            self.email_address or "",
            self.phone or "",
            self.timezone,
            Preferences(channels=channels),
            attributes={**self.attributes, **({"country": self.country} if self.country else {})},
        )
        return user, self.segments


def _mailchimp(row: dict[str, Any]) -> dict[str, Any]:
    """Complete a row of Mailchimp's export of subscribed contacts: its users have e-mail, and are called by it."""
    tags = ";".join(tag.strip(' "') for tag in row.get("segments", "").split(","))
    zone = row.get("timezone") or "UTC"
    consent = {"email": "yes", "sms": "no", "push": "no"}
    return {"phone": "", **row, **consent, "user_id": row["email_address"].lower(), "timezone": zone, "segments": tags}


PRESETS: Mapping[str, Reading] = {
    "mailchimp": Reading(
        names={"phone_number": "phone", "cc": "country", "tags": "segments"},
        complete=_mailchimp,
        given=frozenset({"user_id", "email", "sms", "push", "timezone", "segments", "phone"}),
    )
}
"""What exports of mailing tools call the columns."""

SIGNS = {"mailchimp": {"email_address", "member_rating", "leid", "euid"}}
"""Columns by which an export is recognised."""


@dataclass(frozen=True)
class Options:
    """How a file is read."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Fields by the names of their columns."""
    preset: str | None = None
    country: str | None = None
    """Of telephone numbers without a country code."""
    resubscribe: bool = False
    """Whether consent that was withdrawn comes back where the file says yes."""

    def file(self, path: Path) -> CsvFile[UserRow]:
        """Return the file, to be read so.

        Raises:
            OSError: it cannot be read.
        """
        preset = self.preset or self._recognised(path)
        base = PRESETS[preset] if preset else Reading()
        names = {**base.names, **{normal(column): name for column, name in self.names.items()}}
        context = {COUNTRY: self.country} if self.country else {}
        return CsvFile(path, UserRow, "user_id", replace(base, names=names, rest="attributes", context=context))

    def _recognised(self, path: Path) -> str | None:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            columns = {normal(column) for column in re.split("[,;\t]", file.readline())}
        return next((preset for preset, signs in SIGNS.items() if signs <= columns), None)


DEFAULTS = Options()


def check_users(path: Path, options: Options = DEFAULTS) -> int:
    """Read the whole file, and return how many users it has.

    Raises:
        FileMistakesError: it has mistakes.
        OSError: it cannot be read.
    """
    return options.file(path).check()


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    count: int
    """Users of the file."""
    upserted: Upserted
    recognised: list[str]
    """What was read otherwise than by the names of the columns; one line each."""


async def import_users(store: Store, path: Path, options: Options = DEFAULTS) -> Imported:
    """Add the users of the file, and change known ones; all of them or none.

    The file is read twice: to find all mistakes before anything locks the store, then to write.

    Raises:
        FileMistakesError: the file has mistakes.
        StoreError: the store cannot be used.
        OSError: the file cannot be read.
    """
    count = await asyncio.to_thread(check_users, path, options)
    recognised = await asyncio.to_thread(options.file(path).recognised)
    return Imported(count, await store.write(_import, path, options), recognised)


def _import(connection: Connection, path: Path, options: Options) -> Upserted:
    users, done = read_users(path, options), Upserted()
    while batch := list(islice(users, BATCH)):
        done += upsert_users(connection, batch, resubscribe=options.resubscribe)
    return done


def read_users(path: Path, options: Options = DEFAULTS) -> Iterator[Listed]:
    """Return the users of a file, one at a time.

    Raises:
        FileMistakesError: at the first mistake.
    """
    for row in options.file(path).rows():
        yield row.listed()
