"""Values between what people type and what the models take.

The ``parse_…`` functions raise ``ValueError``, whose message says what would be right.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from console.design.text import plain
from workflows.shared.codes import ISO_DECIMALS
from workflows.shared.money import decimals, format_money

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MAX_AMOUNT_LENGTH = 20
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
UNITS = "s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?"
PART = re.compile(rf"([0-9]{{1,12}})\s*({UNITS})\b", re.IGNORECASE)
DURATION = re.compile(rf"[0-9]{{1,12}}\s*({UNITS})(,?\s*[0-9]{{1,12}}\s*({UNITS}))*", re.IGNORECASE)


def parse_integer(text: str) -> int:
    """Return the integer."""
    if not INTEGER.fullmatch(text):
        raise ValueError("is not a whole number; write digits only, as in 12")
    return int(text)


def parse_duration(text: str) -> int:
    """Return a duration such as ``2 h`` or ``1 day 30 min`` in seconds; a bare number is seconds."""
    if INTEGER.fullmatch(text):
        return int(text)
    if not DURATION.fullmatch(text):
        raise ValueError("is not a duration; write it as in 2 h, 1 day or 90 min")
    return sum(int(count) * UNIT_SECONDS[unit[:1].lower()] for count, unit in PART.findall(text))


def duration_text(seconds: int) -> str:
    """Return a duration as it is typed, such as ``1 day 2 h``."""
    parts, left = [], abs(seconds)
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}")
    return ("-" if seconds < 0 else "") + (" ".join(parts) or "0 s")


def parse_number(text: str) -> float:
    """Return the number."""
    if not NUMBER.fullmatch(text):
        raise ValueError("is not a number; write it with a point, as in 2.5")
    return float(text)


def parse_amount(text: str, currency: str) -> int:
    """Return the amount in minor units of ``currency``, exactly."""
    code = currency.strip().upper()
    if not code:
        raise ValueError("give the currency as well")
    if code not in ISO_DECIMALS:
        raise ValueError(f"cannot be read without a known currency; {currency} is none")
    precision = decimals(code)
    example = f"1200{'.' + '5' * precision if precision else ''}"
    if "," in text:
        raise ValueError(f"write it without commas, with a point before the decimals, as in {example}")
    if not AMOUNT.fullmatch(text) or len(text) > MAX_AMOUNT_LENGTH:
        raise ValueError(f"is not an amount; write it as in {example}")
    minor = Decimal(text).scaleb(precision)
    if minor != minor.to_integral_value():
        count = {0: "no decimals", 1: "1 decimal"}.get(precision, f"{precision} decimals")
        raise ValueError(f"{code} has {count}; write it as in {example}")
    return int(minor)


def amount_text(amount: int, currency: str) -> str:
    """Return ``amount``, in minor units, as it is typed; unchanged if the currency is not known."""
    code = currency.strip().upper()
    precision = decimals(code) if code in ISO_DECIMALS else 0
    return f"{Decimal(amount).scaleb(-precision):f}"


def amount_shown(amount: int, currency: str) -> str:
    """Return ``amount``, in minor units, with the sign of its currency; unchanged if the currency is not known."""
    code = currency.strip().upper()
    return format_money(amount, code) if code in ISO_DECIMALS else str(amount)


def parse_date_time(text: str) -> datetime:
    """Return the date and time; without a zone it is in this computer's."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise ValueError("is not a date and time; write it as in 2030-12-01 14:30") from error


def date_time_text(at: datetime) -> str:
    """Return the date and time in this computer's zone, as it is typed."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def parse_string_list(text: str) -> list[str]:
    """Return the entries between commas or line breaks; one in double quotes may have commas itself."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    return [entry.strip() for row in rows for entry in row if entry.strip()]


def string_list_text(entries: Sequence[object]) -> str:
    """Return the entries as they are typed."""
    return ", ".join(_quoted(str(entry)) for entry in entries)


def _quoted(entry: str) -> str:
    return '"' + entry.replace('"', '""') + '"' if "," in entry or entry.startswith('"') else entry


def parse_mapping(text: str) -> dict[str, str]:
    """Return what the lines ``name: value`` say; no name may come twice."""
    mapping: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not colon or not name:
            raise ValueError(f"line {number}: write it as name: value")
        if name in mapping:
            raise ValueError(f"line {number}: {plain(name, limit=40)} is there already")
        mapping[name] = value
    return mapping


def mapping_text(mapping: Mapping[str, object]) -> str:
    """Return the lines ``name: value``."""
    return "\n".join(f"{name}: {value}" for name, value in mapping.items())
