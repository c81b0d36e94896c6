"""Local clocks, against a walk through the minutes, and on days when the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from tests.campaigns.strategies import TABLE, calendar_windows, moments, quiet_hours, send_windows, zones
from tests.support.profiles import examples
from workflows.campaigns.local_time import (
    Clock,
    calendar_period,
    calendar_period_end,
    is_open,
    is_quiet,
    open_from,
    quiet_until,
)
from workflows.campaigns.models import CalendarWindow, QuietHours, SendWindow
from workflows.shared.zones import zone_info

MINUTE = timedelta(minutes=1)


def clock(zone: str) -> Clock:
    found = TABLE.clock(zone)
    assert found is not None
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@examples(100, far=5_000, shrinks=True)
@given(quiet_hours, moments)
def test_quiet_hours_end_at_the_first_minute_that_is_not_quiet(quiet: QuietHours, now: datetime) -> None:
    walk = now.replace(second=0)
    while is_quiet(quiet, clock(quiet.timezone), walk):
        walk += MINUTE
    ends = quiet_until(quiet, clock(quiet.timezone), now)
    if ends != max(now, walk):
        # the clocks were put back, out of quiet hours that have begun: they go on until they end
        zone = zone_info(quiet.timezone)
        offsets = [moment.astimezone(zone).utcoffset() for moment in (walk - MINUTE, walk)]
        assert offsets[0] != offsets[1]
        assert ends > walk
        assert f"{ends.astimezone(zone):%H:%M}" == quiet.end


@examples(100, far=5_000, shrinks=True)
@given(calendar_windows, moments)
def test_a_period_ends_when_the_next_begins(window: CalendarWindow, now: datetime) -> None:
    shown = clock(window.timezone or "UTC")
    ends = calendar_period_end(window, shown, now)
    assert now < ends
    assert calendar_period(window, shown, ends) != calendar_period(window, shown, now)
    assert calendar_period(window, shown, ends - timedelta(seconds=1)) == calendar_period(window, shown, now)


@examples(60, far=3_000, shrinks=True)
@given(send_windows, zones, moments)
def test_a_send_window_opens_at_the_first_moment_at_which_it_is_open(
    window: SendWindow, zone: str, now: datetime
) -> None:
    shown = clock(zone)
    opens = open_from(window, shown, now)
    assert is_open(window, shown, opens)
    hour = now.replace(minute=0, second=0)
    while hour < opens:  # at the minutes at which one that is drawn may begin
        for minute in (0, 1, 15, 30, 45, 59):
            moment = hour + minute * MINUTE
            assert not now <= moment < opens or not is_open(window, shown, moment)
        hour += 60 * MINUTE


@pytest.mark.parametrize(
    ("zone", "now", "midnight"),
    [
        ("Europe/Paris", "2025-03-29 23:30", "2025-03-30 22:00"),  # a day of 23 hours
        ("Europe/Paris", "2025-10-25 22:30", "2025-10-26 23:00"),  # a day of 25 hours
        ("Africa/Cairo", "2025-04-24 12:00", "2025-04-24 22:00"),  # 00:00 does not exist: the day begins at 01:00
        ("America/Santiago", "2025-04-06 03:30", "2025-04-06 04:00"),  # 23:30 for the second time
        ("America/Havana", "2025-11-02 03:00", "2025-11-02 04:00"),  # 00:00 exists twice: the day begins at the first
    ],
)
def test_days_on_which_the_clocks_change(zone: str, now: str, midnight: str) -> None:
    assert calendar_period_end(CalendarWindow(calendar="day", timezone=zone), clock(zone), utc(now)) == utc(midnight)


def test_quiet_hours_that_end_in_the_hour_that_is_left_out() -> None:
    quiet = QuietHours(start="22:00", end="02:30", timezone="Europe/Paris")
    assert quiet_until(quiet, clock(quiet.timezone), utc("2025-03-29 23:00")) == utc("2025-03-30 01:00")


@pytest.mark.parametrize(("now", "end"), [("00:15", "00:30"), ("01:15", "01:30")])
def test_quiet_hours_that_end_in_the_hour_that_comes_twice(now: str, end: str) -> None:
    quiet = QuietHours(start="22:00", end="02:30", timezone="Europe/Paris")
    assert quiet_until(quiet, clock(quiet.timezone), utc(f"2025-10-26 {now}")) == utc(f"2025-10-26 {end}")


def test_quiet_hours_include_their_start_and_not_their_end() -> None:
    quiet = QuietHours(start="22:00", end="07:00", timezone="UTC")
    at = [
        is_quiet(quiet, clock(quiet.timezone), utc(f"2025-06-01 {shown}"))
        for shown in ("21:59", "22:00", "00:00", "06:59", "07:00")
    ]
    assert at == [False, True, True, True, False]


SUMMER = Clock([(utc("2025-01-01 00:00"), 3600), (utc("2025-03-30 01:00"), 7200), (utc("2025-10-26 01:00"), 3600)])
HALF_AN_HOUR = Clock([(utc("2025-01-01 00:00"), 39_600), (utc("2025-04-05 15:00"), 37_800)])


@pytest.mark.parametrize(
    ("found", "shown", "moments"),
    [
        (SUMMER, "2025-03-30 01:59", ["2025-03-30 00:59"]),
        (SUMMER, "2025-03-30 02:30", ["2025-03-30 01:00"]),  # skipped
        (SUMMER, "2025-03-30 03:00", ["2025-03-30 01:00"]),
        (SUMMER, "2025-10-26 02:30", ["2025-10-26 00:30", "2025-10-26 01:30"]),  # repeated
        (SUMMER, "2025-10-26 03:00", ["2025-10-26 02:00"]),
        (SUMMER, "2024-07-01 12:00", ["2024-07-01 11:00"]),  # before the first offset
        (SUMMER, "2027-07-01 12:00", ["2027-07-01 11:00"]),  # after the last one
        (HALF_AN_HOUR, "2025-04-06 01:45", ["2025-04-05 14:45", "2025-04-05 15:15"]),
    ],
)
def test_when_a_clock_shows_a_time(found: Clock, shown: str, moments: list[str]) -> None:
    showed = datetime.fromisoformat(shown)
    assert found.moments(showed) == [utc(moment) for moment in moments]
    if showed.minute != 30 or len(moments) > 1:
        assert {found.at(utc(moment)) for moment in moments} == {showed}


def test_quiet_hours_over_midnight_when_the_clocks_are_put_forward() -> None:
    quiet = QuietHours(start="23:00", end="06:30", timezone="Europe/Paris")
    night = [utc("2025-03-29 22:00"), utc("2025-03-30 00:59"), utc("2025-03-30 01:00"), utc("2025-03-30 04:29")]
    assert {quiet_until(quiet, SUMMER, moment) for moment in night} == {utc("2025-03-30 04:30")}
    assert quiet_until(quiet, SUMMER, utc("2025-03-29 21:59")) == utc("2025-03-29 21:59")
