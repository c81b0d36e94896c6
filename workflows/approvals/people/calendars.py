"""Working hours of people: which calendar is whose, and its public holidays from the `holidays` package.

Not for workflows: the package is updated, so a workflow is given times only.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from workflows.approvals.policy.calendars import WEEK, CalendarTable, Span, parse_span
from workflows.approvals.ports import Person

DEFAULT = "default"
"""Name of the calendar of people who have none."""
NO_CALENDARS: Mapping[str, CalendarTable] = {}
UTC_ZONE = "UTC"
"""Of people who have no time zone, in a company whose calendar has none either."""


@dataclass(frozen=True)
class WorkCalendar:
    """On which days and at which hours somebody works."""

    hours: Sequence[Sequence[Span]]
    """Of the days of a week, from Monday on; none on a day off."""
    days_off: Container[date] = ()
    timezone: str | None = None
    """Of people without one of their own."""

    def spans(self, day: date) -> Sequence[Span]:
        """Return the hours of a day."""
        return () if day in self.days_off else self.hours[day.weekday()]

    @property
    def day_length(self) -> timedelta:
        """How long a working day is, on average of the week."""
        days = [sum(end - start for start, end in spans) for spans in self.hours if spans]
        return timedelta(minutes=sum(days)) / len(days)


def hours_of(tables: Mapping[str, CalendarTable], person: Person) -> tuple[WorkCalendar, str]:
    """Return when a person works, and in which time zone."""
    calendar = find_calendar(tables, person.calendar)
    return calendar, person.timezone or calendar.timezone or UTC_ZONE


def find_calendar(tables: Mapping[str, CalendarTable], name: str | None) -> WorkCalendar:
    """Return the calendar of that name.

    A name is one of the policy's, or else that of a country or region, such as ``DE-BY``: the policy's table of the
    country or else ``default``, with the holidays there. The default itself is Monday to Friday, 9 to 17.
    """
    table = tables.get(DEFAULT) or CalendarTable()
    if name is None or name in tables:
        return _calendar(tables[name] if name is not None else table)
    country, _, region = name.partition("-")
    table = tables.get(country) or table
    return _calendar(table.model_copy(update={"country": country, "region": region or table.region}))


def _calendar(table: CalendarTable) -> WorkCalendar:
    found = _public_holidays(table.country, table.region) if table.country else None
    weekend, holidays = found or (frozenset({5, 6}), ())
    days = table.days if table.days is not None else [name for day, name in enumerate(WEEK) if day not in weekend]
    hours = []
    for name in WEEK:
        own: list[str] | None = getattr(table, name)
        texts = own if own is not None else table.hours if name in days else []
        hours.append(sorted(parse_span(text) for text in texts))
    return WorkCalendar(hours, _DaysOff(frozenset(table.days_off), holidays), table.timezone)


@dataclass(frozen=True)
class _DaysOff:
    own: frozenset[date]
    public: Container[date]

    def __contains__(self, day: object) -> bool:
        return day in self.own or day in self.public


@cache
def _public_holidays(country: str, region: str | None) -> tuple[frozenset[int], Container[date]] | None:
    """Return the weekend and the holidays of a country, or None if the package does not know it."""
    from holidays import country_holidays

    try:
        found = country_holidays(country, subdiv=region)  # it adds the years that it is asked for
    except NotImplementedError:
        return _public_holidays(country, None) if region else None
    return frozenset(found.weekend), found
