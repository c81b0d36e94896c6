"""Local clocks: where days and weeks begin and quiet hours end, also on days when the clocks change."""

from datetime import datetime

from whenever import Date, Instant, Time, ZonedDateTime, reset_tzpath

from workflows.campaigns.models import CalendarWindow, QuietHours
from workflows.shared.fields import ZONE_RULES

reset_tzpath([str(ZONE_RULES)])  # as a folder: in a workflow whenever may import no package
NOON = Time(12)


def calendar_period(window: CalendarWindow, moment: datetime) -> Date:
    """Return the first day of the calendar day or week that ``moment`` lies in, in the window's time zone."""
    day = _local(moment, window.timezone).date()
    return day if window.calendar == "day" else day.start_of("week_mon")


def calendar_period_end(window: CalendarWindow, moment: datetime) -> datetime:
    """Return when the calendar day or week that ``moment`` lies in ends, in UTC."""
    days = 1 if window.calendar == "day" else 7
    day = calendar_period(window, moment).add(days=days)
    return _utc(day.at(NOON).assume_tz(window.timezone, disambiguation="earlier").start_of("day"))


def is_quiet(quiet_hours: QuietHours, moment: datetime) -> bool:
    """Return whether the user's clock shows a quiet hour; the start is in, the end is not."""
    clock = _local(moment, quiet_hours.timezone).time()
    start, end = Time.parse_iso(quiet_hours.start), Time.parse_iso(quiet_hours.end)
    return start <= clock < end if start < end else clock >= start or clock < end


def quiet_until(quiet_hours: QuietHours, moment: datetime) -> datetime:
    """Return the first moment, from ``moment`` on and in UTC, at which the user's clock shows no quiet hour."""
    if not is_quiet(quiet_hours, moment):
        return moment
    today = _local(moment, quiet_hours.timezone).date()
    ends = (_utc(end) for days in range(3) for end in _ends(quiet_hours, today.add(days=days)))
    return min(end for end in ends if end > moment and not is_quiet(quiet_hours, end))


def _ends(quiet_hours: QuietHours, day: Date) -> list[ZonedDateTime]:
    """Return when quiet hours end on ``day``: twice in a repeated hour; in a skipped one, when the clocks change."""
    clock = day.at(Time.parse_iso(quiet_hours.end))
    earlier, later = (clock.assume_tz(quiet_hours.timezone, disambiguation=which) for which in ("earlier", "later"))
    if earlier.to_plain() == clock:
        return [earlier, later]
    change = earlier.next_transition()
    return [] if change is None else [change]


def _local(moment: datetime, timezone: str) -> ZonedDateTime:
    return Instant(moment).to_tz(timezone)


def _utc(moment: ZonedDateTime) -> datetime:
    return moment.to_instant().to_stdlib()
