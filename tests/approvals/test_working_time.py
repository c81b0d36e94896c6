"""Working hours: when a time limit is up by somebody's calendar, whatever the clocks do."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.approvals.due import parse_due
from workflows.approvals.people.calendars import WorkCalendar, find_calendar
from workflows.approvals.people.working_time import HORIZON, add_working_time, due_at
from workflows.approvals.policy.calendars import CalendarTable, Span, parse_span
from workflows.shared.zones import zone_info

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DEFAULT = find_calendar({}, None)
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


def moment(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone_info(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "due", "up"),
    [
        ("2026-11-30 09:00", "8 working hours", "2026-11-30 17:00"),
        ("2026-11-30 10:00", "8 working hours", "2026-12-01 10:00"),
        ("2026-11-30 03:00", "1 working hour", "2026-11-30 10:00"),
        ("2026-11-30 17:00", "1 working hour", "2026-12-01 10:00"),
        ("2026-12-04 16:30", "1 working hour", "2026-12-07 09:30"),
        ("2026-12-05 12:00", "30 working minutes", "2026-12-07 09:30"),
        ("2026-12-03 15:00", "2 working days", "2026-12-07 15:00"),
        ("2026-12-04 16:30", "2h", "2026-12-04 18:30"),
        ("2026-10-23 16:00", "2 working hours", "2026-10-26 10:00"),
        ("2026-03-27 16:00", "2 working hours", "2026-03-30 10:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", BERLIN, NEW_YORK, "Asia/Kathmandu"])
def test_a_time_limit_is_up_on_the_approvers_clock(start: str, due: str, up: str, zone: str) -> None:
    assert due_at(moment(start, zone), parse_due(due), DEFAULT, zone) == moment(up, zone)


def night(*hours: str) -> WorkCalendar:
    return WorkCalendar([[parse_span(each) for each in hours]] * 7)


@pytest.mark.parametrize(
    ("zone", "start", "hours", "up"),
    [
        (BERLIN, "2026-03-28T21:00Z", 7, "2026-03-29T04:00Z"),  # 22:00 to 06:00 is seven hours long that night
        (BERLIN, "2026-03-28T21:00Z", 8, "2026-03-29T21:00Z"),  # the next begins at 22:00 of the summer
        (BERLIN, "2026-10-24T20:00Z", 9, "2026-10-25T05:00Z"),  # and nine hours in that one
        (NEW_YORK, "2026-03-08T03:00Z", 7, "2026-03-08T10:00Z"),
        (LORD_HOWE, "2026-10-03T11:30Z", 7, "2026-10-03T18:30Z"),  # the clocks there change by half an hour
    ],
)
def test_a_night_shift_across_a_change_of_the_clocks(zone: str, start: str, hours: int, up: str) -> None:
    start_at, up_at = datetime.fromisoformat(start), datetime.fromisoformat(up)
    end = add_working_time(start_at, hours * HOUR, night("22:00-06:00"), zone)
    assert end == up_at


def test_hours_that_the_clocks_skip_are_not_worked() -> None:
    calendar = night("02:15-02:45")
    assert add_working_time(moment("2026-03-28 12:00", BERLIN), 30 * MINUTE, calendar, BERLIN) == moment(
        "2026-03-30 02:45", BERLIN
    )
    repeated = add_working_time(moment("2026-10-24 12:00", BERLIN), HOUR, calendar, BERLIN)
    assert repeated == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)


def test_holidays_and_weekends_are_those_of_the_persons_calendar() -> None:
    start = moment("2026-12-23 16:00", BERLIN)
    assert add_working_time(start, 2 * HOUR, DEFAULT, BERLIN) == moment("2026-12-24 10:00", BERLIN)
    tables = {
        "default": CalendarTable(timezone="Europe/Berlin", hours=["08:00-12:00", "13:00-17:00"], fri=["08:00-12:00"]),
        "DE": CalendarTable(days_off=[date(2026, 12, 24)]),
    }
    german = find_calendar(tables, "DE-BY")
    assert not german.spans(date(2026, 12, 24))
    assert not german.spans(date(2026, 12, 25))
    assert not german.spans(date(2027, 1, 6))  # Epiphany, in Bavaria
    assert find_calendar(tables, "DE").spans(date(2027, 1, 6)) == [(9 * 60, 17 * 60)]
    default = find_calendar(tables, None)
    assert default.spans(date(2026, 12, 25)) == [(8 * 60, 12 * 60)]
    assert (default.day_length, default.timezone) == (timedelta(hours=7, minutes=12), "Europe/Berlin")
    israeli = find_calendar(tables, "IL")
    assert [bool(israeli.spans(date(2026, 11, 30) + timedelta(days=day))) for day in range(7)] == [
        *[True] * 4,
        True,  # the company's own hours of Fridays
        False,
        True,
    ]
    assert find_calendar({}, "AQ-XX").spans(date(2026, 12, 24)) == [(9 * 60, 17 * 60)]


def test_a_calendar_with_next_to_no_hours_ends_some_day() -> None:
    never = WorkCalendar([[]] * 6 + [[(0, 1)]])
    start = moment("2026-11-30 00:00")
    assert add_working_time(start, 1000 * HOUR, never, "UTC") == start + HORIZON


SPANS = st.lists(st.integers(0, 47), min_size=2, max_size=4, unique=True).map(
    lambda halves: [(30 * a, 30 * b) for a, b in zip(sorted(halves)[::2], sorted(halves)[1::2], strict=False)]
)
CALENDARS = st.builds(
    WorkCalendar,
    st.lists(st.one_of(st.just([]), SPANS, st.just([(22 * 60, 30 * 60)])), min_size=7, max_size=7).filter(any),
    st.sets(st.dates(date(2026, 3, 20), date(2026, 4, 10)), max_size=3),
)
ZONES = st.sampled_from(["UTC", BERLIN, NEW_YORK, LORD_HOWE, "Asia/Kathmandu", "Africa/Casablanca"])
STARTS = st.sampled_from([datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]).flatmap(
    lambda base: st.integers(0, 6 * 24 * 12).map(lambda fives: base + fives * 5 * MINUTE)
)


def worked(at: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> bool:
    """Return whether a moment is worked, from what the clock on the wall shows."""
    shown = at.astimezone(zone).replace(tzinfo=None)
    for back in (0, 1):
        day = shown.date() - timedelta(days=back)
        spans: Sequence[Span] = calendar.spans(day)
        minutes = (shown - datetime(day.year, day.month, day.day)) / MINUTE  # noqa: DTZ001 - as the wall shows it
        if any(start <= minutes < end for start, end in spans):
            return True
    return False


@given(start=STARTS, calendar=CALENDARS, zone=ZONES, fives=st.integers(1, 6 * 12))
def test_exactly_so_much_time_is_worked(start: datetime, calendar: WorkCalendar, zone: str, fives: int) -> None:
    end = add_working_time(start, fives * 5 * MINUTE, calendar, zone)
    clock, at, steps = zone_info(zone), start, 0
    while at < end:
        steps += worked(at, calendar, clock)
        at += 5 * MINUTE
    assert (at, steps) == (end, fives)
    assert worked(end - 5 * MINUTE, calendar, clock)  # and at no earlier moment


@given(start=STARTS, calendar=CALENDARS, zone=ZONES, first=st.integers(1, 10**9), second=st.integers(1, 10**9))
def test_working_time_adds_up(start: datetime, calendar: WorkCalendar, zone: str, first: int, second: int) -> None:
    some, more = timedelta(microseconds=first * 20), timedelta(microseconds=second * 20)
    between = add_working_time(start, some, calendar, zone)
    assert start < between
    assert add_working_time(between, more, calendar, zone) == add_working_time(start, some + more, calendar, zone)
