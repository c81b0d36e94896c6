"""Phone numbers as SMS providers take them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def e164(number: str, country: str | None = None) -> str:
    """Return a number as people write it in E.164 format; one without a country code is of that country (ISO 3166).

    Raises:
        ValueError: it is no telephone number.
    """
    import phonenumbers  # 7 MB, for those who send SMS

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        parsed = phonenumbers.PhoneNumber()
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{number!r} is not an international telephone number; use one like +12025550101")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _in_e164(number: str) -> str:
    if number != (right := e164(number)):
        raise ValueError(f"{number!r} is not an international telephone number; use one like {right}")
    return number


PhoneNumber = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_in_e164)]
"""A number in E.164 format: a plus, the country code and the number, without separators."""
