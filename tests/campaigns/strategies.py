"""What hypothesis draws for the rules of caps and quiet hours."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from workflows.campaigns.caps import CountedSend
from workflows.campaigns.models import (
    WEEKDAYS,
    CalendarWindow,
    CapPolicy,
    CapRule,
    Channel,
    ChannelConsent,
    Preferences,
    QuietHours,
    RollingWindow,
    SendWindow,
)
from workflows.campaigns.sending import read_zones

ZONES = (
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Africa/Cairo",  # clocks leap over midnight
    "Asia/Beirut",  # the same
    "America/Havana",  # clocks leap over midnight, and are put back to it
    "America/Santiago",  # clocks are put back at midnight, to the day before
    "Australia/Lord_Howe",  # half an hour
    "Asia/Kathmandu",
)
CHANGES = tuple(
    datetime.fromisoformat(change).replace(tzinfo=UTC)
    for change in (
        "2025-03-30 01:00",  # Paris
        "2025-10-26 01:00",
        "2025-03-09 07:00",  # New York
        "2025-11-02 06:00",
        "2025-04-24 22:00",  # Cairo
        "2025-10-30 21:00",
        "2025-03-29 22:00",  # Beirut
        "2025-03-09 05:00",  # Havana
        "2025-11-02 05:00",
        "2025-04-06 03:00",  # Santiago
        "2025-09-07 04:00",
        "2025-04-05 15:00",  # Lord Howe
    )
)
TABLE = read_zones(ZONES, datetime(2025, 1, 1, tzinfo=UTC))
"""What an actor knows of them during 2025."""
TAGS = ("news", "sale")

zones = st.sampled_from(ZONES)
moments = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone is given
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-2000, 2000)
    ),
).map(lambda moment: moment.replace(microsecond=0))
clock_times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
quiet_hours = (
    st.tuples(clock_times, clock_times, zones)
    .filter(lambda drawn: drawn[0] != drawn[1])
    .map(lambda drawn: QuietHours(start=drawn[0], end=drawn[1], timezone=drawn[2]))
)
calendar_windows = st.one_of(
    st.builds(CalendarWindow, calendar=st.sampled_from(["hour", "day", "month"]), timezone=st.none() | zones),
    st.builds(
        CalendarWindow, calendar=st.just("week"), timezone=st.none() | zones, first_day=st.sampled_from(WEEKDAYS)
    ),
)
clock_time = st.none() | clock_times
send_windows = st.builds(
    lambda days, start, end: SendWindow(weekdays=days, start=start, end=None if end == (start or "00:00") else end),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True),
    clock_time,
    clock_time,
)
rolling_windows = st.builds(RollingWindow, rolling_seconds=st.integers(1, 3 * 86_400))
tags = st.lists(st.sampled_from(TAGS), unique=True)
channels = st.sampled_from(Channel)


def rules(windows: st.SearchStrategy[RollingWindow | CalendarWindow]) -> st.SearchStrategy[CapRule]:
    """Draw rules with such windows."""
    return st.builds(
        CapRule,
        name=st.sampled_from(["a", "b", "c", "d"]),
        limit=st.integers(0, 3),
        window=windows,
        channel=st.none() | channels,
        tag=st.none() | st.sampled_from(TAGS),
    )


def policies(windows: st.SearchStrategy[RollingWindow | CalendarWindow]) -> st.SearchStrategy[CapPolicy]:
    """Draw policies of up to three rules with such windows."""
    drawn = st.lists(rules(windows), max_size=3, unique_by=lambda rule: rule.name)
    return st.builds(CapPolicy, rules=drawn, count_transactional=st.booleans())


any_policy = policies(rolling_windows | calendar_windows)
preferences = st.builds(
    Preferences, channels=st.builds(ChannelConsent, email=st.booleans()), quiet_hours=st.none() | quiet_hours
)


@st.composite
def sends_before(draw: st.DrawFn, now: datetime) -> list[CountedSend]:
    """Draw sends of the days before ``now``, oldest first."""
    ages = sorted(draw(st.lists(st.integers(0, 7_200) | st.integers(0, 32 * 86_400), max_size=6)), reverse=True)
    return [
        CountedSend(
            send_id=f"S{number}",
            campaign_id="CMP",
            channel=draw(channels),
            tags=draw(tags),
            transactional=draw(st.booleans()),
            at=now - timedelta(seconds=age),
        )
        for number, age in enumerate(ages)
    ]
