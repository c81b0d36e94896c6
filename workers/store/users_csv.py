"""Import of users from a CSV file."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, model_validator
from sqlalchemy import Connection

from workers.store.csv_file import (
    MAX_MISTAKES,
    CsvFile,
    FileMistakesError,
    Reading,
    encoding_of,
    normal,
    split_names,
)
from workers.store.engine import Store
from workers.store.exports import reading_of, recognised
from workers.store.mail_address import USUAL, SendableAddress
from workers.store.phone import e164, usual_number
from workers.store.users import Listed, Upserted, upsert_users
from workflows.campaigns.models import ChannelConsent, Preferences
from workflows.campaigns.ports import User
from workflows.shared.codes import COUNTRIES
from workflows.shared.fields import Identifier
from workflows.shared.zones import ZONE_NAMES, KnownTimeZone

Numbered = tuple[int, "UserRow | list[str]"]
"""A row with its line, or what is wrong with it."""

BATCH = 200
"""Users written in one transaction: some milliseconds, for which other writers of a SQLite file wait."""

ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
COUNTRY, TIMEZONE = "country", "timezone"
"""In a validation's context: the country of telephone numbers without a country code; the zone of whom no cell says."""


def _yes_or_no(value: str) -> bool | None:
    text = value.strip().lower()
    if not text:
        return None
    answer = ANSWERS.get(text)
    if answer is None:
        raise ValueError(f"{value!r} is neither yes nor no; use one of the two")
    return answer


def _phone(value: str, info: ValidationInfo) -> str | None:
    if not value:
        return None
    country = _country_of(info.data.get("country"), info.context)
    try:
        return e164(value, country)
    except ValueError as error:
        raise ValueError(f"{error}{'' if country else ', or say which country it is in with --country'}") from None


def _country_of(own: str | None, context: Mapping[str, str] | None) -> str | None:
    code = (own or "").upper()
    return code if code in COUNTRIES else (context or {}).get(COUNTRY)


def _zone(value: str, info: ValidationInfo) -> str | None:
    return value or None if TIMEZONE in (info.context or {}) else value


YesNo = Annotated[bool | None, BeforeValidator(_yes_or_no)]
"""None for an empty cell: a known user keeps the consent, and a new one has given none."""


class UserRow(BaseModel):
    """One row of the file."""

    user_id: Identifier
    email_address: Annotated[SendableAddress | None, BeforeValidator(lambda value: value or None)]
    country: str = ""
    phone: Annotated[str | None, BeforeValidator(_phone)]
    timezone: Annotated[KnownTimeZone | None, BeforeValidator(_zone)]
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

    @property
    def unsaid(self) -> Sequence[str]:
        """The columns that say nothing, and so change nothing of a known user."""
        if None not in (self.timezone, self.email, self.sms, self.push):
            return ()
        return [name for name in ("timezone", "email", "sms", "push") if getattr(self, name) is None]

    def listed(self, timezone: str = "") -> Listed:
        """Return the user and the segments; ``timezone`` is that of whom no cell says."""
        user = User(
            self.user_id,
            self.email_address or "",
            self.phone or "",
            self.timezone or timezone,
            _preferences(bool(self.email), bool(self.sms), bool(self.push)),
            attributes={**self.attributes, "country": self.country} if self.country else self.attributes,
        )
        return user, self.segments


@cache
def _preferences(email: bool, sms: bool, push: bool) -> Preferences:  # noqa: FBT001 - three of a kind
    return Preferences(channels=ChannelConsent(email=email, sms=sms, push=push))


def usual_row(country: str | None) -> Callable[[dict[str, Any]], UserRow | None]:
    """Return what makes a row of cells without oddities, as the model does, in a tenth of its time."""

    @lru_cache(4096)
    def segments_of(cell: str) -> list[str] | None:
        names = split_names(cell)
        return names if all(_is_plain(name) for name in names) else None

    def usual(cells: dict[str, Any]) -> UserRow | None:
        email, sms, push = (ANSWERS.get(cells[channel].lower()) for channel in ("email", "sms", "push"))
        address, number, zone = cells["email_address"], cells["phone"], cells["timezone"]
        segments, own = segments_of(cells["segments"]), cells.get("country", "")
        phone = usual_number(number, _country_of(own, None) or country) if number else None
        if (
            None in (email, sms, push)
            or segments is None
            or zone not in ZONE_NAMES
            or not _is_plain(cells["user_id"])
            or not (USUAL.fullmatch(address) if address else not email)
            or (phone is None and (number or sms))
            or len(address) > MAX_USUAL
        ):
            return None
        return UserRow.model_construct(
            user_id=cells["user_id"],
            email_address=address or None,
            country=own,
            phone=phone,
            timezone=zone,
            email=email,
            sms=sms,
            push=push,
            segments=segments,
            attributes=cells["attributes"],
        )

    return usual


MAX_USUAL = 200
"""Characters of an ID or an address without oddities."""


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) <= MAX_USUAL and text == text.strip()


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
    strict: bool = False
    """Whether one mistake is enough to import nobody."""
    timezone: str | None = None
    """Of new users without one; exports of mailing tools mostly have none, and get UTC."""

    def file(self, path: Path) -> CsvFile[UserRow]:
        """Return the file, to be read so.

        Raises:
            OSError: it cannot be read.
        """
        preset = self.preset or self._recognised(path)
        base = reading_of(preset, path.name) if preset else Reading()
        names = {**base.names, **{normal(column): name for column, name in self.names.items()}}
        zone = self.timezone or (NO_ZONE if preset else None)
        context = {key: value for key, value in ((COUNTRY, self.country), (TIMEZONE, zone)) if value}
        given = base.given | ({"timezone"} if self.timezone else set())
        reading = replace(
            base, names=names, rest="attributes", context=context, given=given, usual=usual_row(self.country)
        )
        return CsvFile(path, UserRow, "user_id", reading)

    def _recognised(self, path: Path) -> str | None:
        with path.open(encoding=encoding_of(path), errors="replace") as file:
            return recognised(file.readline())


NO_ZONE = "UTC"
DEFAULTS = Options()


def check_users(path: Path, options: Options = DEFAULTS) -> int:
    """Read the whole file, and return how many users it has.

    Raises:
        FileMistakesError: it has mistakes.
        OSError: it cannot be read.
    """
    return options.file(path).check()


@dataclass
class Imported:
    """What an import did."""

    count: int = 0
    """Users of the file who were imported."""
    upserted: Upserted = field(default_factory=Upserted)
    recognised: Sequence[str] = ()
    """What was read otherwise than by the names of the columns; one line each."""
    mistakes: list[str] = field(default_factory=list)
    """What is wrong with rows that were not imported; one line each."""


async def import_users(
    store: Store, path: Path, options: Options = DEFAULTS, *, progress: Callable[[int], None] = lambda _: None
) -> Imported:
    """Add the users of the file, and change known ones: those of good rows, or with ``strict`` all or none.

    They are written in short transactions, between which others write. ``progress`` hears how many are read.

    Raises:
        FileMistakesError: the file has mistakes, and nobody is imported.
        StoreError: the store cannot be used. Those before are imported; the same file again changes nothing of them.
        OSError: the file cannot be read.
    """
    file = await asyncio.to_thread(options.file, path)
    rows = file.all_rows()
    if options.strict:
        rows = iter(await asyncio.to_thread(_all_good, path, rows))
    imported, zone = Imported(), file.reading.context.get(TIMEZONE, "")
    ended, wrote = time.perf_counter(), 0.0
    while batch := await asyncio.to_thread(_next, rows):
        good = [row for _, row in batch if not isinstance(row, list)]
        imported.mistakes += [mistake for _, row in batch if isinstance(row, list) for mistake in row]
        # Another process tries again and again to write to a SQLite file: it must find it free half of the time.
        await asyncio.sleep(wrote - (time.perf_counter() - ended))
        began = time.perf_counter()
        imported.upserted += await store.write(_write, good, zone, options.resubscribe)
        ended = time.perf_counter()
        wrote = ended - began
        imported.count += len(good)
        progress(len(batch))
    if imported.mistakes and not imported.count:
        raise FileMistakesError([f"{path}: {mistake}" for mistake in imported.mistakes[:MAX_MISTAKES]])
    imported.recognised = await asyncio.to_thread(file.recognised)
    return imported


def _all_good(path: Path, rows: Iterator[Numbered]) -> list[Numbered]:
    """Read all rows before one is written. Raises ``FileMistakesError`` if one is wrong."""
    read = list(rows)
    mistakes = [f"{path}: {mistake}" for _, row in read if isinstance(row, list) for mistake in row]
    if mistakes:
        more = [f"{path}: and {len(mistakes) - MAX_MISTAKES} more"] if len(mistakes) > MAX_MISTAKES else []
        raise FileMistakesError([*mistakes[:MAX_MISTAKES], *more])
    return read


def _next(rows: Iterator[Numbered]) -> list[Numbered]:
    return list(islice(rows, BATCH))


def _write(connection: Connection, rows: Sequence[UserRow], timezone: str, resubscribe: bool) -> Upserted:  # noqa: FBT001 - given by position
    unsaid = {row.user_id: row.unsaid for row in rows if row.unsaid}
    listed = [row.listed(timezone) for row in rows]
    return upsert_users(connection, listed, resubscribe=resubscribe, unsaid=unsaid)


def read_users(path: Path, options: Options = DEFAULTS) -> Iterator[Listed]:
    """Return the users of a file, one at a time.

    Raises:
        FileMistakesError: at the first mistake.
    """
    for row in options.file(path).rows():
        yield row.listed()
