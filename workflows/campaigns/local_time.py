"""Local clocks: where days and weeks begin and quiet hours end, also on the days when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflows.campaigns.models import CalendarWindow, QuietHours

MIDNIGHT = time()
STEP = timedelta(seconds=1)


def calendar_period(window: CalendarWindow, moment: datetime) -> date:
    """Return the first day of the calendar day or week that ``moment`` lies in, in the window's time zone."""
    day = moment.astimezone(ZoneInfo(window.timezone)).date()
    return day if window.calendar == "day" else day - timedelta(days=day.weekday())


def calendar_period_end(window: CalendarWindow, moment: datetime) -> datetime:
    """Return when the calendar day or week that ``moment`` lies in ends, in UTC."""
    days = timedelta(days=1 if window.calendar == "day" else 7)
    return _next(moment, calendar_period(window, moment) + days, MIDNIGHT, ZoneInfo(window.timezone))


def is_quiet(quiet_hours: QuietHours, moment: datetime) -> bool:
    """Return whether the user's clock shows a quiet hour; the start is in, the end is not."""
    clock = moment.astimezone(ZoneInfo(quiet_hours.timezone)).time()
    start, end = time.fromisoformat(quiet_hours.start), time.fromisoformat(quiet_hours.end)
    return start <= clock < end if start < end else clock >= start or clock < end


def quiet_until(quiet_hours: QuietHours, moment: datetime) -> datetime:
    """Return the first moment, from ``moment`` on and in UTC, at which the user's clock shows no quiet hour."""
    if not is_quiet(quiet_hours, moment):
        return moment
    zone, end = ZoneInfo(quiet_hours.timezone), time.fromisoformat(quiet_hours.end)
    day = moment.astimezone(zone).date()
    ends = (_next(moment, day + timedelta(days=later), end, zone) for later in range(3))
    return min(end for end in ends if end > moment and not is_quiet(quiet_hours, end))


def _next(after: datetime, day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return when the clocks show ``clock`` on ``day``: the first time, or the second if the first is not ``after``."""
    first, second = (datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
    if first > second:
        return _clocks_go_forward(second, first, datetime.combine(day, clock), zone)
    return first if first > after else second


def _clocks_go_forward(low: datetime, high: datetime, skipped: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between ``low`` and ``high`` at which the clocks leap over ``skipped``, a local time."""
    while high - low > STEP:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) >= skipped:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
