"""The days on which a parcel can arrive: the working days of the country that it goes to."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from pydantic import Field

from workflows.shared.fields import Answer

A_DAY = timedelta(days=1)


class DaysOff(Answer):
    """The days on which a country does not work, as an activity read them."""

    weekend: list[int] = Field(default=[5, 6], description="days of the week, Monday being 0")
    holidays: list[date] = Field(default=[], description="in a year without any they are not known")


class DeliveryDays:
    """The working days of one country, in UTC. Where nothing else is known, Saturdays and Sundays are off."""

    def __init__(self, country: str, days_off: DaysOff | None) -> None:
        self._country = country
        self._off = days_off or DaysOff()
        self._known_years = {day.year for day in self._off.holidays}
        self._unknown = not self._known_years
        self._skipped: set[date] = set()

    def next_from(self, moment: datetime) -> datetime:
        """Return the moment, or the same time of day on the next working day."""
        while not self._is_working_day(moment.date()):
            self._skipped.add(moment.date())
            moment += A_DAY
        return moment

    def in_words(self) -> str:
        """Return which days count, and which ones were skipped."""
        if self._unknown:
            words = f"delivered on weekdays (UTC; the holidays of {self._country} are not known)"
        else:
            words = f"delivered on working days in {self._country} (UTC)"
        return f"{words}, so not on {_listed(self._skipped)}" if self._skipped else words

    def _is_working_day(self, day: date) -> bool:
        self._unknown = self._unknown or day.year not in self._known_years
        return day.weekday() not in self._off.weekend and day not in self._off.holidays


def _listed(days: Iterable[date]) -> str:
    words = [f"{day:%A} {day.day} {day:%B}" for day in sorted(days)]
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]
