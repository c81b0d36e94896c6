"""A telephone number, as providers of SMS want it."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def _international(number: str) -> str:
    if not E164.fullmatch(number):
        raise ValueError(f"{number!r} is not an international telephone number; use one like +12025550101")
    return number


PhoneNumber = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_international)]
"""A number in the form of ITU-T E.164: a plus, the country code and the number, 15 digits at most."""
