"""Phone numbers as SMS providers take them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _e164(number: str) -> str:
    import phonenumbers  # 7 MB, for those who send SMS

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        parsed = phonenumbers.PhoneNumber()
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if number != e164 or not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{number!r} is not an international telephone number; use one like +12025550101")
    return number


PhoneNumber = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_e164)]
"""A number in E.164 format: a plus, the country code and the number, without separators."""
