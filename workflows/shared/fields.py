"""Field types and base classes of every payload: what an ID, a text, an amount and a time may be."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from workflows.shared.codes import COUNTRIES, ISO_DECIMALS


class Payload(BaseModel):
    """Something sent to a workflow. Unknown fields are ignored: other systems may add some at any time."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class Answer(BaseModel):
    """Something a workflow answers. Unknown fields are ignored, so that an older reader understands a newer worker."""

    model_config = ConfigDict(extra="ignore", defer_build=True)


def wrong_field(model: BaseModel, field: str, words: str, *inner: int | str) -> ValidationError:
    """Return the error that a model's validator raises about one field because of others.

    ``inner`` is the path within the field, where it is something in it that is wrong.
    """
    error = PydanticCustomError("wrong_field", "{words}", {"words": words})
    given = InitErrorDetails(type=error, loc=(field, *inner), input=getattr(model, field))
    return ValidationError.from_exception_data(type(model).__name__, [given])


def _one_of(codes: Collection[str], kind: str, example: str) -> AfterValidator:
    def check(code: str) -> str:
        if code not in codes:
            raise ValueError(f"{code!r} is not an {kind}; use one like {example}")
        return code

    return AfterValidator(check)


def _like_an_email_address(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text) or INVISIBLE.search(text):
        raise ValueError("value is not a valid email address: use one like ada@example.com")
    return text


def unknown_zone(name: str) -> str:
    """Return what is wrong with a name that is no time zone's."""
    return f"{name!r} is not an IANA time zone; use one like Europe/Paris"


def _like_a_zone(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", name):
        raise ValueError(unknown_zone(name))
    return name


INVISIBLE = re.compile(
    r"[\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
"""What shows nothing, or changes how others show: control, bidirectional, zero-width, odd blanks, without a meaning.

Not by Python's own tables, which grow with its versions: a replay must read the same.
"""


def _visible(text: object) -> object:
    if isinstance(text, str) and (found := INVISIBLE.search(text)) is not None:
        raise ValueError(f"an ID is one line of visible characters, and U+{ord(found.group()):04X} is none")
    return text


MAX_ID = 200
"""Characters. So many of four bytes fit into a workflow ID, and twice as many into an index of PostgreSQL."""

Identifier = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_ID),
    BeforeValidator(_visible),
]
"""An ID as another system wrote it, such as ``gid://shop/Order/1001``: never parsed. Blanks around it are cut off."""

MAX_LONG_ID = 2 * 4 * MAX_ID + 1
"""Bytes."""


def _not_too_many_bytes(text: str) -> str:
    if len(text.encode()) > MAX_LONG_ID:
        raise ValueError(f"it has {len(text.encode()):,} bytes in UTF-8; {MAX_LONG_ID:,} at most")
    return text


LongIdentifier = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    BeforeValidator(_visible),
    AfterValidator(_not_too_many_bytes),
]
"""An ID that may be made of two others."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""What a person, a product or a place is called."""

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""One line of text, such as a title."""

_SEPARATORS = str.maketrans("", "", " -.()/")


def _e164(number: str) -> str:
    digits = number.replace("(0)", "").translate(_SEPARATORS)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise ValueError(f"{number!r} is not an international telephone number; use one like +12025550101")
    return digits


Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), AfterValidator(_e164)]
"""What may be a telephone number, as E.164. Its provider's adapter checks it wholly, as with e-mail addresses."""

LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""Several lines of text, such as a comment or a reason."""


def _none_if_blank(given: object) -> object:
    return None if isinstance(given, str) and not given.strip() else given


BLANK_IS_NONE = BeforeValidator(_none_if_blank)
"""For an optional text. Other systems send empty texts for what they do not have."""


@dataclass(frozen=True)
class Money:
    """Marks a field as an amount of money, for those who read the model, such as a form."""

    currency: str = "currency"
    """Field that holds its currency, in the same model or in one that encloses it."""


@dataclass(frozen=True)
class Generated:
    """Marks a field that a client fills in itself, so that no form asks for it."""


def _without_point(number: object) -> object:
    return int(number) if isinstance(number, float) and number.is_integer() else number


Integer = Annotated[int, Field(strict=True), BeforeValidator(_without_point)]
"""A whole number. JSON knows no integers: 2500.0 is 2500; 2500.5, "2500" and true are refused."""

MinorUnits = Annotated[Integer, Field(ge=0, le=10**15), Money()]
"""An amount of money in the currency's minor unit (cents)."""

Price = Annotated[Integer, Field(ge=-(10**15), le=10**15), Money()]
"""The same, below zero for what is taken off."""

Currency = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True),
    _one_of(ISO_DECIMALS, "ISO 4217 code of a currency in use", "EUR or USD"),
]
"""An ISO 4217 code of a currency in use."""

Country = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True),
    _one_of(COUNTRIES, "ISO 3166 country code", "US or FR"),
]
"""An ISO 3166 alpha-2 code."""

EmailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_like_an_email_address)
]
"""What may be an e-mail address. The mail server's adapter checks it wholly: rules of domains change with a library."""

TimeZone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), AfterValidator(_like_a_zone)]
"""What may name an IANA time zone. Whether it does is for an activity: a replay may have other rules of time zones."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("it is before the year 1 or after the year 9999 in UTC") from None


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, written as RFC 3339 in UTC. A time without a zone is refused."""

OffsetFrom = tuple[UtcDatetime, int]
"""A UTC offset of a time zone in seconds, and from when on it holds."""
