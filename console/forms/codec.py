"""How each kind of value is typed: how a text is read, how a value is written, and what a text means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

import humanize
from pydantic import AwareDatetime

from console.forms.parsing import (
    amount_shown,
    amount_text,
    date_time_text,
    duration_text,
    mapping_text,
    parse_amount,
    parse_date_time,
    parse_duration,
    parse_integer,
    parse_mapping,
    parse_number,
    parse_string_list,
    string_list_text,
)
from console.forms.spec import BareType
from workflows.shared.fields import Money

SECONDS_NAME = re.compile(r"(^|_)seconds(_|$)")


@dataclass(frozen=True)
class Codec:
    """Reads and writes one kind of value.

    ``parse`` raises ``ValueError`` with what would be right. ``meaning`` says what a value stands for where its text
    does not, ``limit`` writes a limit in an error, and an empty list is a value where ``several`` are taken.
    """

    parse: Callable[[str], object] = str
    write: Callable[[Any], str] = str
    meaning: Callable[[Any], str] = lambda _: ""
    limit: Callable[[Any], str] = str
    example: str = ""
    placeholder: str = ""
    """How to write a value, where an example does not tell."""
    several: bool = False

    def explain(self, text: str) -> str:
        """Return what ``text`` means, empty where it cannot be read yet."""
        try:
            meaning = self.meaning(self.parse(text)) if text else ""
        except (ValueError, OverflowError):
            return ""
        return f"= {meaning}" if meaning not in {"", text} else ""


def _date_time(at: datetime) -> str:
    return f"{at.astimezone():%a %d %b %Y, %H:%M %Z}, {humanize.naturaltime(at)}"


TEXT = Codec()
INTEGER = Codec(parse_integer)
SECONDS = Codec(parse_duration, duration_text, duration_text, duration_text, example="2 h or 1 day")
NUMBER = Codec(parse_number)
DATE_TIME = Codec(parse_date_time, date_time_text, _date_time, example="2030-12-01 14:30")
STRING_LIST = Codec(parse_string_list, string_list_text, placeholder="separated by commas", several=True)
LONG_STRING_LIST = Codec(
    parse_string_list, string_list_text, placeholder="separated by commas or line breaks", several=True
)


def amount_codec(currency: Callable[[], str]) -> Codec:
    """Return the codec of amounts in the currency that ``currency`` says at the time."""

    def shown(amount: int) -> str:
        return amount_shown(amount, currency())

    return Codec(
        parse=lambda text: parse_amount(text, currency()),
        write=lambda amount: amount_text(amount, currency()),
        meaning=shown,
        limit=shown,
        example="120.00",
    )


def mapping_codec(initial: object) -> Codec:
    """Return the codec of a mapping; an entry that is not edited keeps its initial value, whatever its type."""
    before = cast("Mapping[str, object]", initial) if isinstance(initial, Mapping) else {}

    def parse(text: str) -> dict[str, object]:
        typed = parse_mapping(text)
        return {name: before[name] if str(before.get(name)) == value else value for name, value in typed.items()}

    return Codec(parse, mapping_text, placeholder="one a line, as name: value")


CODECS: dict[object, Codec] = {int: INTEGER, float: NUMBER, datetime: DATE_TIME, AwareDatetime: DATE_TIME}
"""How values of these types are typed; those of other plain types are texts."""


def is_money(found: BareType) -> bool:
    """Return whether a type is an amount of money."""
    return any(isinstance(mark, Money) for mark in found.metadata)


def codec_of(name: str, found: BareType, text_of: Callable[[str], str]) -> Codec:
    """Return how a field of a plain type is typed; ``text_of`` returns what is typed in another field."""
    money = next((mark for mark in found.metadata if isinstance(mark, Money)), None)
    if money is not None:
        return amount_codec(partial(text_of, money.currency))
    if found.bare is int and SECONDS_NAME.search(name):
        return SECONDS
    return CODECS.get(found.bare, TEXT)
