"""Local clocks: where days and weeks begin and quiet hours end, also on days when the clocks change.

Pure arithmetic on the UTC offsets that an activity read: a replay computes the same, whatever rules its worker has.
"""

from collections.abc import Hashable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from workflows.campaigns.models import WEEKDAYS, CalendarWindow, QuietHours, SendWindow
from workflows.shared.fields import OffsetFrom

ALWAYS, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Clock:
    """The clock on the wall in one time zone. Its first offset holds before, too, and its last one for ever."""

    def __init__(self, offsets: Sequence[OffsetFrom]) -> None:
        """Use at least one offset, oldest first."""
        starts = [ALWAYS, *(start for start, _ in offsets[1:])]
        shifts = [timedelta(seconds=seconds) for _, seconds in offsets]
        self._spans = list(zip(starts, [*starts[1:], NEVER], shifts, strict=True))

    def at(self, moment: datetime) -> datetime:
        """Return what the clock shows, without a time zone."""
        return moment.replace(tzinfo=None) + self.span(moment)[2]

    def span(self, moment: datetime) -> tuple[datetime, datetime, timedelta]:
        """Return since when and until when the clock has the UTC offset that it has at a moment, and that offset."""
        return next(span for span in self._spans if span[0] <= moment < span[1])

    def moments(self, shown: datetime) -> list[datetime]:
        """Return when the clock shows that: twice in a repeated hour; in a skipped one, when the clocks change."""
        utc = shown.replace(tzinfo=UTC)
        moments = [utc - shift for start, end, shift in self._spans if start <= utc - shift < end]
        if moments:
            return moments
        changes = zip(self._spans, self._spans[1:], strict=False)
        return [change for (_, change, before), (_, _, after) in changes if before <= utc - change < after]


def calendar_period(window: CalendarWindow, clock: Clock, moment: datetime) -> Hashable:
    """Return what identifies the calendar hour, day, week or month that ``moment`` lies in."""
    if window.calendar == "hour":
        return _hour(clock, moment), clock.span(moment)[2]
    return _first_day(window, clock.at(moment).date())


def calendar_period_end(window: CalendarWindow, clock: Clock, moment: datetime) -> datetime:
    """Return when the calendar hour, day, week or month that ``moment`` lies in ends, in UTC."""
    if window.calendar == "hour":
        _, changes, shift = clock.span(moment)
        return min((_hour(clock, moment) + HOUR - shift).replace(tzinfo=UTC), changes)
    first = _first_day(window, clock.at(moment).date())
    # 32 days after the first of a month it is the next one.
    next_first = _first_day(window, first + {"day": 1, "week": 7, "month": 32}[window.calendar] * DAY)
    return clock.moments(_on(next_first, time(0)))[0]


def _hour(clock: Clock, moment: datetime) -> datetime:
    return clock.at(moment).replace(minute=0, second=0, microsecond=0)


def _first_day(window: CalendarWindow, day: date) -> date:
    match window.calendar:
        case "month":
            return day.replace(day=1)
        case "week":
            return day - (day.weekday() - WEEKDAYS.index(window.first_day)) % 7 * DAY
        case _:
            return day


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


def is_open(window: SendWindow, clock: Clock, moment: datetime) -> bool:
    """Return whether a send window is open by the user's clock."""
    shown = clock.at(moment)
    today, yesterday = (WEEKDAYS[(shown - days * DAY).weekday()] in window.weekdays for days in (0, 1))
    start = time.fromisoformat(window.start or "00:00")
    if window.end is None:
        return today and start <= shown.time()
    end = time.fromisoformat(window.end)
    if start < end:
        return today and start <= shown.time() < end
    return (today and start <= shown.time()) or (yesterday and shown.time() < end)


def open_from(window: SendWindow, clock: Clock, moment: datetime) -> datetime:
    """Return the first moment, from ``moment`` on and in UTC, at which the send window is open by the user's clock."""
    if is_open(window, clock, moment):
        return moment
    today, shown = clock.at(moment).date(), time.fromisoformat(window.start or "00:00")
    # It opens at its start, or where the clocks are changed into it; each weekday comes within eight days.
    starts = [start for days in range(-1, 16) for start in clock.moments(_on(today + days * DAY, shown))]
    opens = [each for each in (*starts, clock.span(moment)[1]) if each > moment and each < NEVER]
    return min(each for each in opens if is_open(window, clock, each))


def _on(day: date, shown: time) -> datetime:
    return datetime.combine(day, shown)
