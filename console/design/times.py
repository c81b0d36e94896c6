"""Ages, deadlines and times of day, short enough for a list. All times are in one zone: the local one."""

import re
from datetime import UTC, datetime, timedelta

MINUTE, HOUR, DAY = 60, 3600, 86_400
UNITS = ((365 * DAY, "y"), (DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (1, "s"))


def one_unit(span: timedelta) -> str:
    """Return ``span`` without its sign in its largest whole unit, such as ``48 m``."""
    seconds = abs(span.total_seconds())
    for size, unit in UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


def two_units(span: timedelta) -> str:
    """Return ``span`` without its sign in two units, such as ``23 h 12 min``."""
    seconds = int(abs(span.total_seconds()))
    if seconds >= DAY:
        return f"{seconds // DAY} d {seconds % DAY // HOUR} h"
    if seconds >= HOUR:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
    if seconds >= MINUTE:
        return f"{seconds // MINUTE} min {seconds % MINUTE} s"
    return f"{seconds} s"


def age(since: datetime | None, now: datetime) -> str:
    """Return the age in one unit; empty without ``since``."""
    return "" if since is None else one_unit(max(now - since, timedelta()))


def due(at: datetime | None, now: datetime) -> str:
    """Return the time until ``at`` in one unit, ``late 3 m`` once it has passed; empty when nothing is due."""
    if at is None:
        return ""
    return one_unit(at - now) if at >= now else f"late {one_unit(now - at)}"


def clock(at: datetime, now: datetime) -> str:
    """Return the local time of day, with the date on another day."""
    local = at.astimezone()
    same_day = local.date() == now.astimezone().date()
    return f"{local:%H:%M:%S}" if same_day else f"{local:%d %b %H:%M}"


def dated_clock(at: datetime, now: datetime) -> str:
    """Return the local time of day, with the date on another day, and with the year alone in another year."""
    local, here = at.astimezone(), now.astimezone()
    if local.date() == here.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%d %b %H:%M}" if local.year == here.year else f"{local:%d %b %Y}"


def time_and_day(moment: datetime, now: datetime) -> str:
    """Return a local time: ``09:12``, ``09:12 tomorrow`` or ``09:12 on 3 Feb``."""
    here, today = moment.astimezone(), now.astimezone().date()
    days = (here.date() - today).days
    day = {-1: " yesterday", 0: "", 1: " tomorrow"}.get(days, f" on {here.day} {here:%b}")
    return f"{here:%H:%M}{day}"


def zone_words(now: datetime) -> str:
    """Return the name and the offset of the local zone, such as ``CET (UTC+01:00)``."""
    local = now.astimezone()
    offset = f"{local:%z}"
    return f"{local:%Z} (UTC{offset[:3]}:{offset[3:5]})"


MOMENT = re.compile(r"\b(\d{2} [A-Z][a-z]+ \d{4},|\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}) UTC\b")
"""A moment in the words of a workflow, which knows no local zone."""


def in_local_time(text: str) -> str:
    """Return a workflow's words with their moments in local time, those of today without the date."""
    return MOMENT.sub(_local, text)


def _local(found: re.Match[str]) -> str:
    form = "%d %B %Y, %H:%M" if found[1].endswith(",") else "%Y-%m-%d %H:%M"
    try:
        at = datetime.strptime(f"{found[1]} {found[2]}", form).replace(tzinfo=UTC)
    except ValueError:
        return found[0]
    local, today = at.astimezone(), datetime.now(UTC).astimezone().date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:{form}}"
