"""Working time: when so many hours of somebody's calendar have passed, whatever the clocks do meanwhile.

A moment is worked when the clock on the wall shows working hours then. So an hour that the clocks skip is not worked,
and one that they repeat is worked twice, where it is within the hours at all.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from workflows.approvals.due import Due
from workflows.approvals.people.calendars import WorkCalendar
from workflows.shared.zones import offsets_between

WINDOW = timedelta(days=60)
HORIZON = timedelta(days=3 * 365)
"""Nothing is due later: a calendar may have next to no working hours."""


def due_at(start: datetime, due: Due, calendar: WorkCalendar, zone: str) -> datetime:
    """Return when a time limit that runs from ``start`` on is up, in UTC."""
    if due.seconds is not None:
        return start + timedelta(seconds=due.seconds)
    if due.working_days is not None:
        return add_working_time(start, due.working_days * calendar.day_length, calendar, zone)
    return add_working_time(start, timedelta(seconds=due.working_seconds or 0), calendar, zone)


def add_working_time(start: datetime, amount: timedelta, calendar: WorkCalendar, zone: str) -> datetime:
    """Return the first moment, in UTC, at which so much working time has passed since ``start``.

    At the end of a working day that is the end itself, not the start of the next. After three years it is up anyway.
    """
    start = start.astimezone(UTC)
    if amount <= timedelta(0):
        return start
    for since, until in _worked(start, calendar, zone):
        if until - since >= amount:
            return since + amount
        amount -= until - since
    return start + HORIZON


def _worked(start: datetime, calendar: WorkCalendar, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working time from ``start`` on, in order."""
    end = start + HORIZON
    while start < end:
        window = min(start + WINDOW, end)
        offsets = offsets_between(zone, start, window) or [(start, 0)]
        ends = [since for since, _ in offsets[1:]]
        for (since, offset), until in zip(offsets, [*ends, window], strict=True):
            yield from _worked_at(since, until, timedelta(seconds=offset), calendar)
        start = window


def _worked_at(
    since: datetime, until: datetime, offset: timedelta, calendar: WorkCalendar
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working time between two moments with one UTC offset between them."""
    shown, last = since + offset, (until + offset).date()
    day, done = shown.date() - timedelta(days=1), since  # the hours of the day before may go past midnight
    while day <= last:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
        for start, end in calendar.spans(day):
            begins = max(midnight + timedelta(minutes=start), done)
            ends = min(midnight + timedelta(minutes=end), until)
            if begins < ends:
                yield begins, ends
                done = ends
        day += timedelta(days=1)
