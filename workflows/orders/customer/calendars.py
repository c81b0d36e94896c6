"""Public holidays, from a library that is loaded in a thread when the first order needs it.

It takes some 20 MB, and on a busy machine longer than a workflow task may take.
"""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache

TIMEOUT = 0.5
"""In seconds."""


class NotLoadedError(Exception):
    """The library is still loading; ask again later."""


@dataclass(frozen=True)
class Calendar:
    """The days on which a country does not work: the days of the week, Monday being 0, and the holidays."""

    weekend: Collection[int]
    holidays: Collection[date]

    def is_working_day(self, day: date) -> bool:
        """Return whether people work on that day."""
        return day.weekday() not in self.weekend and day not in self.holidays


def calendar(country: str, year: int, *, timeout: float | None = TIMEOUT) -> Calendar | None:
    """Return the calendar of a country (alpha-2) for that year, or None if the library has none.

    Raises:
        NotLoadedError: not within ``timeout`` seconds; None waits until it is loaded.
    """
    try:
        return _thread().submit(_read, country, year).result(timeout=timeout)
    except TimeoutError as error:
        raise NotLoadedError from error


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="holidays")


@cache
def _read(country: str, year: int) -> Calendar | None:
    from holidays import country_holidays

    try:
        found = country_holidays(country, years=year)
    except NotImplementedError:
        return None
    return Calendar(frozenset(found.weekend), frozenset(found))
