"""Single values between what people type and what the models take. Errors say what would be right."""

import re
from collections.abc import Mapping
from datetime import datetime

from console.design.text import plain

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
WHOLE = re.compile(r"[+-]?[0-9]{1,30}")


def parse_whole(text: str) -> int:
    """Return the whole number. Raises ``ValueError``."""
    if not WHOLE.fullmatch(text):
        raise ValueError("is not a whole number; write digits only, as in 12")
    return int(text)


def parse_number(text: str) -> float:
    """Return the number. Raises ``ValueError``."""
    if not NUMBER.fullmatch(text):
        raise ValueError("is not a number; write it with a point, as in 2.5")
    return float(text)


def parse_moment(text: str) -> datetime:
    """Return the moment, with its zone; where none is given it is this computer's. Raises ``ValueError``."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise ValueError("is not a date and time; write it as in 2025-12-01 14:30") from error


def moment_text(moment: datetime) -> str:
    """Return the moment in this computer's zone, as people would type it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def parse_words(text: str) -> list[str]:
    """Return the entries that commas or line breaks separate."""
    return [word.strip() for word in re.split(r"[,\n]", text) if word.strip()]


def parse_pairs(text: str) -> dict[str, str]:
    """Return what the lines ``name: value`` say.

    Raises:
        ValueError: a line has no name or no colon, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not colon or not name:
            raise ValueError(f"line {number}: write it as name: value")
        if name in pairs:
            raise ValueError(f"line {number}: {plain(name, limit=40)} is there already")
        pairs[name] = value
    return pairs


def pairs_text(pairs: Mapping[str, object]) -> str:
    """Return the pairs as lines ``name: value``."""
    return "\n".join(f"{name}: {value}" for name, value in pairs.items())
