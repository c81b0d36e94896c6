"""Time limits as people write them: ``36h``, ``90 minutes``, ``8 working hours``, ``2 working days``."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from workflows.shared.counts import number_of
from workflows.shared.fields import Answer

YEAR = 365 * 86_400
"""Seconds. No level may take longer."""
MAX_WORKING_SECONDS = 2_080 * 3_600
"""A year of 52 weeks with 40 hours."""
MAX_WORKING_DAYS = 260

_UNITS = {"s": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3_600, "hour": 3_600, "d": 86_400, "day": 86_400}
_WRITTEN = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*(working\s+)?([a-z]+?)s?", re.ASCII | re.IGNORECASE)
_EXAMPLES = "use one like 36h, 2d, 8 working hours or 2 working days"


class Due(Answer):
    """How long a level may take: exactly one of the three.

    Working time is that of each approver's own calendar. A working day is as long as the calendar's are on average.
    """

    seconds: int | None = Field(default=None, ge=1, le=YEAR)
    working_seconds: int | None = Field(default=None, ge=1, le=MAX_WORKING_SECONDS)
    working_days: int | None = Field(default=None, ge=1, le=MAX_WORKING_DAYS)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> "Due":
        if [self.seconds, self.working_seconds, self.working_days].count(None) != 2:  # noqa: PLR2004 - two of three
            raise ValueError("give exactly one of seconds, working_seconds and working_days")
        return self


def parse_due(text: str) -> Due:
    """Return the time limit that a text says. Raises ``ValueError``, with the remedy, when it says none."""
    written = _WRITTEN.fullmatch(text.strip())
    unit = written[3].lower() if written else ""
    if written is None or unit not in _UNITS:
        raise ValueError(f"{text!r} is no time limit; {_EXAMPLES}")
    amount, working = Decimal(written[1]), written[2] is not None
    if working and unit in {"d", "day"}:
        return Due(working_days=_whole(text, amount, MAX_WORKING_DAYS, "260 working days"))
    limit, words = (MAX_WORKING_SECONDS, "2,080 working hours") if working else (YEAR, "365 days")
    seconds = _whole(text, amount * _UNITS[unit], limit, words)
    return Due(working_seconds=seconds) if working else Due(seconds=seconds)


def _whole(text: str, amount: Decimal, limit: int, words: str) -> int:
    if amount != int(amount):
        raise ValueError(f"{text!r} is no whole number of seconds or working days; {_EXAMPLES}")
    if not 1 <= amount <= limit:
        raise ValueError(f"{text!r} is {'too short' if amount < 1 else 'too long'}; give at least 1s, at most {words}")
    return int(amount)


def _is_a_time_limit(text: str) -> str:
    parse_due(text)
    return text


DueText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), AfterValidator(_is_a_time_limit)
]
"""A time limit as text."""


def in_words(due: Due) -> str:
    """Return a time limit as people say it: ``8 working hours``, ``1 day 12 hours``."""
    if due.working_days is not None:
        return number_of(due.working_days, "working day")
    if due.working_seconds is not None:
        return _parts(timedelta(seconds=due.working_seconds), days=False, kind="working ")
    return _parts(timedelta(seconds=due.seconds or 0), days=True)


def _parts(length: timedelta, *, days: bool, kind: str = "") -> str:
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    whole, hours = divmod(hours, 24) if days else (0, hours)
    counts = {"day": whole, "hour": hours, "minute": minutes, "second": seconds}
    return " ".join(number_of(count, f"{kind}{unit}") for unit, count in counts.items() if count)
