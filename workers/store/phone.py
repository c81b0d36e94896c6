"""Phone numbers as SMS providers take them."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
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
        digits = _without_punctuation(number[1:])
        plan = _plan_of_prefix(digits[:MAX_CODE])
        return f"+{digits}" if plan is not None and plan.national.fullmatch(digits, len(plan.code)) else None
    plan, digits = _plan(None, country), _without_punctuation(number)
    own = plan is not None and plan.national.fullmatch(digits) and not digits.startswith(plan.code)
    return f"+{plan.code}{digits}" if plan is not None and own else None


MAX_CODE = 3
"""Digits of a country code."""


def _without_punctuation(number: str) -> str:
    return number if number.isdigit() else number.translate(PUNCTUATION)


@dataclass(frozen=True)
class _Plan:
    """The numbers of a country code, as far as they need no second look."""

    code: str
    national: re.Pattern[str]
    """National numbers: no prefix before them, which would be no part of them."""


@lru_cache(1_000)
def _plan_of_prefix(digits: str) -> _Plan | None:
    """Return that of the country code with which an international number begins."""
    plans = (_plan(digits[:length], None) for length in range(1, MAX_CODE + 1))
    return next((plan for plan in plans if plan is not None), None)


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
    prefixes = [each for each in (metadata.national_prefix_for_parsing, metadata.international_prefix) if each]
    without = "".join(f"(?!{each})" for each in prefixes)
    forms = "|".join(f"[1-9][0-9]{{{length - 1}}}" for length in metadata.general_desc.possible_length if length > 0)
    return _Plan(str(metadata.country_code), re.compile(f"{without}(?:{forms or '(?!)'})"))


def _in_e164(number: str) -> str:
    if number != (right := e164(number)):
        raise ValueError(f"{number!r} is not an international telephone number; use one like {right}")
    return number


PhoneNumber = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_in_e164)]
"""A number in E.164 format: a plus, the country code and the number, without separators."""
