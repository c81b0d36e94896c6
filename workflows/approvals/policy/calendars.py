"""Tables ``[calendar.NAME]``: on which days and at which hours people work."""

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from workflows.shared.fields import Country, wrong_field
from workflows.shared.zones import KnownTimeZone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Day, ...] = get_args(Day)
"""Days in the order of ``date.weekday()``."""
MINUTES_A_DAY = 24 * 60
Span = tuple[int, int]
"""Minutes of the clock since midnight, from and until; beyond 24:00 it is the next day."""

_SPAN = re.compile(r"(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})", re.ASCII)


def parse_span(text: str) -> Span:
    """Return the hours that ``09:00-17:00`` says; an end at or before the start is on the next day."""
    written = _SPAN.fullmatch(text.strip())
    hours = [int(part) for part in written.groups()] if written else []
    if not hours or hours[1] > 59 or hours[3] > 59:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(f"{text!r} are no hours; use some like 09:00-17:00")
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if start >= MINUTES_A_DAY or end > MINUTES_A_DAY:
        raise ValueError(f"{text!r} are no hours; a day has those from 00:00 to 24:00")
    return (start, end) if end > start else (start, end + MINUTES_A_DAY)


def _do_not_overlap(texts: list[str]) -> list[str]:
    spans = sorted(parse_span(text) for text in texts)
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ValueError(f"the hours {' and '.join(texts)} overlap")
    return texts


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


Hours = Annotated[
    list[str], BeforeValidator(_listed), Field(min_length=1, max_length=10), AfterValidator(_do_not_overlap)
]
"""Hours of a day, such as ``["09:00-12:00", "13:00-17:00"]``."""


class CalendarTable(BaseModel):
    """One calendar. ``hours`` are those of each of ``days``; a day's own hours come before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: KnownTimeZone | None = None
    """Of people who have none in the directory."""
    hours: Hours = Field(default_factory=lambda: ["09:00-17:00"])
    days: Annotated[list[Day], Field(min_length=1)] | None = None
    """Working days; without them all but the country's weekend, or Monday to Friday where there is no country."""
    mon: Hours | None = None
    tue: Hours | None = None
    wed: Hours | None = None
    thu: Hours | None = None
    fri: Hours | None = None
    sat: Hours | None = None
    sun: Hours | None = None
    country: Country | None = None
    """Whose public holidays are days off."""
    region: str | None = None
    """Of the country, such as ``BY``, where it has holidays of its own."""
    days_off: list[date] = Field(default_factory=list, max_length=1000)
    """The company's own."""

    @model_validator(mode="after")
    def _holidays_are_known(self) -> "CalendarTable":
        if self.region is not None and self.country is None:
            raise wrong_field(self, "region", "it goes with country, such as country = 'DE' and region = 'BY'")
        if self.country is not None:
            from holidays import list_supported_countries  # takes most of a second

            regions = list_supported_countries(include_aliases=False)
            if self.country not in regions:
                raise wrong_field(self, "country", f"no public holidays of {self.country} are known; use days_off")
            if self.region is not None and self.region not in regions[self.country]:
                known = ", ".join(regions[self.country]) or "none"
                raise wrong_field(self, "region", f"{self.region!r} is no region of {self.country}; there are {known}")
        return self
