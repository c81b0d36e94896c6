"""The days on which a parcel can arrive: the working days of the country that it goes to."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from temporalio import workflow

from workflows.orders.customer.calendars import Calendar, NotLoadedError, calendar

A_DAY = timedelta(days=1)
ANYWHERE = Calendar(weekend={5, 6}, holidays=())
"""For countries of which nothing else is known."""


class DeliveryDays:
    """The calendar of one country, with days in UTC. Only for queries: its answers depend on what is loaded."""

    def __init__(self, country: str) -> None:
        self._country = country
        self._skipped: set[date] = set()
        self._unknown: str | None = None

    def next_from(self, moment: datetime) -> datetime:
        """Return the moment, or the same time of day on the next working day."""
        while not self._is_working_day(moment.date()):
            self._skipped.add(moment.date())
            moment += A_DAY
        return moment

    def in_words(self) -> str:
        """Return which days count, and which ones were skipped."""
        if self._unknown is not None:
            words = f"delivered on weekdays (UTC; the holidays of {self._country} are {self._unknown})"
        else:
            words = f"delivered on working days in {self._country} (UTC)"
        return f"{words}, so not on {_listed(self._skipped)}" if self._skipped else words

    def _is_working_day(self, day: date) -> bool:
        with workflow.unsafe.sandbox_unrestricted():
            try:
                found = calendar(self._country, day.year)
            except NotLoadedError:
                found, self._unknown = ANYWHERE, "not known yet; ask again"
        if found is None:
            found, self._unknown = ANYWHERE, "not known"
        return found.is_working_day(day)


def _listed(days: Iterable[date]) -> str:
    words = [f"{day:%A} {day.day} {day:%B}" for day in sorted(days)]
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]
