"""Phone numbers as SMS providers take them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

PUNCTUATION = str.maketrans("", "", " -.()/")


def e164(number: str, country: str | None = None) -> str:
    """Return a number as people write it in E.164 format; one without a country code is of that country (ISO 3166).

    Raises:
        ValueError: it is no telephone number.
    """
    if usual := usual_number(number, country):
        return usual
    import phonenumbers  # 7 MB, for those who send SMS

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        parsed = phonenumbers.PhoneNumber()
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{number!r} is not an international telephone number; use one like +12025550101")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def usual_number(number: str, country: str | None) -> str | None:
    """Return a number without oddities in E.164, and None for others: the library takes a tenth of a millisecond."""
    if number.startswith("+"):
        digits = number[1:].translate(PUNCTUATION)
        for length in (1, 2, 3):
            plan = _plan(digits[:length], None)
            if plan is not None:
                return f"+{digits}" if plan.has(digits[length:]) else None
        return None
    plan, digits = _plan(None, country), number.translate(PUNCTUATION)
    own = plan is not None and plan.has(digits) and not digits.startswith(plan.code)
    return f"+{plan.code}{digits}" if plan is not None and own else None


@dataclass(frozen=True)
class _Plan:
    """The numbers of a country code, as far as they need no second look."""

    code: str
    lengths: frozenset[int]
    prefixes: re.Pattern[str]
    """What may stand before a national number, and is no part of it."""

    def has(self, national: str) -> bool:
        plain = national.isascii() and national.isdigit() and not national.startswith("0")
        return plain and len(national) in self.lengths and not self.prefixes.match(national)


@cache
def _plan(code: str | None, country: str | None) -> _Plan | None:
    """Return that of a country code, or of a country; None for what is neither."""
    import phonenumbers

    if code is not None:
        if not (code.isascii() and code.isdigit()) or int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return None
        country = phonenumbers.region_code_for_country_code(int(code))
    metadata = country and phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
        phonenumbers.country_code_for_region(country) if country != "001" else int(code or 0), country
    )
    if not metadata or metadata.general_desc is None:
        return None
    before = [metadata.national_prefix_for_parsing, metadata.international_prefix]
    return _Plan(
        str(metadata.country_code),
        frozenset(metadata.general_desc.possible_length),
        re.compile("|".join(f"(?:{each})" for each in before if each) or "(?!)"),
    )


def _in_e164(number: str) -> str:
    if number != (right := e164(number)):
        raise ValueError(f"{number!r} is not an international telephone number; use one like {right}")
    return number


PhoneNumber = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_in_e164)]
"""A number in E.164 format: a plus, the country code and the number, without separators."""
