"""Local clocks: where days and weeks begin and quiet hours end, also on days when the clocks change.

Pure arithmetic on the UTC offsets that an activity read: a replay computes the same, whatever rules its worker has.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from workflows.campaigns.models import CalendarWindow, QuietHours
from workflows.shared.fields import OffsetFrom

ALWAYS, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    """The clock on the wall in one time zone. Its first offset holds before, too, and its last one for ever."""

    def __init__(self, offsets: Sequence[OffsetFrom]) -> None:
        """Use at least one offset, oldest first."""
        starts = [ALWAYS, *(start for start, _ in offsets[1:])]
        shifts = [timedelta(seconds=seconds) for _, seconds in offsets]
        self._spans = list(zip(starts, [*starts[1:], NEVER], shifts, strict=True))

    def at(self, moment: datetime) -> datetime:
        """Return what the clock shows, without a time zone."""
        shift = next(shift for start, end, shift in self._spans if start <= moment < end)
        return moment.replace(tzinfo=None) + shift

    def moments(self, shown: datetime) -> list[datetime]:
        """Return when the clock shows that: twice in a repeated hour; in a skipped one, when the clocks change."""
        utc = shown.replace(tzinfo=UTC)
        moments = [utc - shift for start, end, shift in self._spans if start <= utc - shift < end]
        if moments:
            return moments
        changes = zip(self._spans, self._spans[1:], strict=False)
        return [change for (_, change, before), (_, _, after) in changes if before <= utc - change < after]


def calendar_period(window: CalendarWindow, clock: Clock, moment: datetime) -> date:
    """Return the first day of the calendar day or week that ``moment`` lies in."""
    day = clock.at(moment).date()
    return day if window.calendar == "day" else day - day.weekday() * DAY


def calendar_period_end(window: CalendarWindow, clock: Clock, moment: datetime) -> datetime:
    """Return when the calendar day or week that ``moment`` lies in ends, in UTC."""
    days = 1 if window.calendar == "day" else 7
    return clock.moments(_on(calendar_period(window, clock, moment) + days * DAY, time(0)))[0]


def is_quiet(quiet_hours: QuietHours, clock: Clock, moment: datetime) -> bool:
    """Return whether the user's clock shows a quiet hour; the start is in, the end is not."""
    shown = clock.at(moment).time()
    start, end = time.fromisoformat(quiet_hours.start), time.fromisoformat(quiet_hours.end)
    return start <= shown < end if start < end else shown >= start or shown < end


def quiet_until(quiet_hours: QuietHours, clock: Clock, moment: datetime) -> datetime:
    """Return the first moment, from ``moment`` on and in UTC, at which the user's clock shows no quiet hour."""
    if not is_quiet(quiet_hours, clock, moment):
        return moment
    today, shown = clock.at(moment).date(), time.fromisoformat(quiet_hours.end)
    ends = (end for days in range(3) for end in clock.moments(_on(today + days * DAY, shown)))
    return min(end for end in ends if end > moment and not is_quiet(quiet_hours, clock, end))


def _on(day: date, shown: time) -> datetime:
    return datetime.combine(day, shown)
