"""Reads rows of users without oddities: as the model does, in a tenth of its time. An import may have 150,000."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Any

from workers.store.csv_file import Columns, Quick, Reading, split_names
from workers.store.mail_address import is_usual
from workers.store.phone import usual_number
from workers.store.user_row import ANSWERS, COUNTRY, EMAIL_BOUNCE, TIMEZONE, ListedBounce, UserRow, country_of
from workflows.shared.zones import ZONE_NAMES

FIELDS = ("user_id", "email_address", "phone", "timezone", "email", "sms", "push", "segments")
SAYS = {"": None} | {
    written: answer for word, answer in ANSWERS.items() for written in (word, word.upper(), word.title())
}
MAX_USUAL = 200
"""Characters of an ID or an address without oddities."""


def plain_rows(reading: Reading) -> Callable[[Columns], Quick]:
    """Return what makes, for the columns of a file, what reads its plain rows."""

    def made(columns: Columns) -> Quick:
        where_they_are = reading.complete is dict and set(FIELDS) <= set(columns.fields)
        return _of_file(columns, reading) if where_they_are else _of_export(columns, reading)

    return made


def _of_file(columns: Columns, reading: Reading) -> Quick:
    """Read cells where they are."""
    plain = Plain.made(reading.context)
    fields = itemgetter(*(columns.fields.index(name) for name in FIELDS))
    country = columns.fields.index(COUNTRY) if COUNTRY in columns.fields else None
    bounced = columns.fields.index(EMAIL_BOUNCE) if EMAIL_BOUNCE in columns.fields else None
    kept = [(place, _key(name)) for place, (name, more) in enumerate(zip(*_both(columns), strict=True)) if more]
    kept += [] if country is None else [(country, _key(COUNTRY))]

    def quick(values: list[str]) -> UserRow | None:
        if bounced is not None and values[bounced]:
            return None
        attributes = [key + encode_basestring_ascii(values[place]) for place, key in kept if values[place]]
        return plain.row(fields(values), "" if country is None else values[country], attributes)

    return quick


def _of_export(columns: Columns, reading: Reading) -> Quick:
    """Read the cells that follow from those of an export."""
    plain, fields = Plain.made(reading.context), itemgetter(*FIELDS)

    def quick(values: list[str]) -> UserRow | None:
        cells = reading.cells(columns, values)
        further, country = cells.get(reading.rest or "", {}), cells.get(COUNTRY, "")
        attributes = [_key(name) + encode_basestring_ascii(value) for name, value in further.items() if value]
        attributes += [_key(COUNTRY) + encode_basestring_ascii(country)] if country else []
        row, bounce = plain.row(fields(cells), country, attributes), cells.get(EMAIL_BOUNCE)
        if row is None or not bounce:
            return row
        return row._replace(bounce=bounce) if isinstance(bounce, ListedBounce) else None

    return quick


def _both(columns: Columns) -> tuple[Sequence[str], Sequence[bool]]:
    return columns.fields, columns.further


@cache
def _key(name: str) -> str:
    return f"{encode_basestring_ascii(name)}: "


@dataclass(frozen=True)
class Plain:
    """Tells rows without oddities from others."""

    country: str | None
    """Of telephone numbers, where the row has none."""
    zones: frozenset[str]

    @classmethod
    def made(cls, context: Mapping[str, str]) -> "Plain":
        """Return it for what validators may need to know."""
        return cls(context.get(COUNTRY), ZONE_NAMES | ({""} if TIMEZONE in context else set()))

    def row(self, cells: Sequence[Any], country: str, attributes: Sequence[str]) -> UserRow | None:
        """Return the row of the cells of `FIELDS`, a country and the attributes; None where one of them is odd."""
        user_id, address, number, zone, in_email, in_sms, in_push, in_segments = cells
        consents, segments = _consents(in_email, in_sms, in_push), _segments(in_segments)
        if consents is None:
            return None
        email, sms, push = consents
        phone = usual_number(number, country_of(country, self.country) if country else self.country) if number else ""
        if (
            segments is None
            or zone not in self.zones
            or not is_plain(user_id)
            or not (len(address) <= MAX_USUAL and is_usual(address) if address else not email)
            or (not phone and (number or sms))
        ):
            return None
        text = "{" + ", ".join(attributes) + "}"
        return UserRow(user_id, address, phone or "", zone, email, sms, push, text, segments)


@lru_cache(4096)
def _consents(*cells: str) -> tuple[bool | None, bool | None, bool | None] | None:
    email, sms, push = cells
    return (SAYS[email], SAYS[sms], SAYS[push]) if set(cells) <= set(SAYS) else None


@lru_cache(4096)
def _segments(cell: str) -> Sequence[str] | None:
    names = split_names(cell)
    return names if all(is_plain(name) for name in names) else None


def is_plain(text: str) -> bool:
    """Tell whether an ID is one line of printed ASCII without blanks around it."""
    return text.isascii() and text.isprintable() and 0 < len(text) <= MAX_USUAL and text == text.strip()
