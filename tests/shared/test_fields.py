"""What the types of payload fields accept."""

from datetime import UTC, datetime, time, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from workflows.campaigns.local_time import Clock, calendar_period_end
from workflows.campaigns.models import CalendarWindow
from workflows.shared.fields import Country, TimeZone
from workflows.shared.zones import ZONE_NAMES, offsets_between, zone_info


@pytest.mark.parametrize("code", ["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"])
def test_codes_that_are_no_countries_are_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="not an ISO 3166 country code"):
        TypeAdapter(Country).validate_python(code)


@pytest.mark.parametrize("month", [1, 7])
def test_console_and_workflows_use_the_same_rules_of_every_time_zone(month: int) -> None:
    """The host's rules may be older: Vancouver's clocks are no longer put back since November 2026."""
    for zone in ZONE_NAMES:
        now = datetime(2027, month, 15, tzinfo=UTC)
        clock = Clock(offsets_between(zone, now - timedelta(days=200), now + timedelta(days=2)))
        ends = calendar_period_end(CalendarWindow(calendar="day", timezone=zone), clock, now)
        assert ends.astimezone(zone_info(zone)).time() == time(0), zone


@pytest.mark.parametrize(
    ("zone", "hours"), [("America/Vancouver", -7), ("America/Edmonton", -6), ("America/Winnipeg", -5)]
)
def test_a_change_of_rules_is_known_whatever_the_host_has(zone: str, hours: int) -> None:
    winter = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert winter.astimezone(zone_info(zone)).utcoffset() == timedelta(hours=hours)
    assert offsets_between(zone, winter, winter + timedelta(days=1)) == [(winter, hours * 3_600)]


@pytest.mark.parametrize("name", ["", "Europe/", "../etc/passwd", "zone.tab", "Mars Olympus"])
def test_what_cannot_name_a_time_zone_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ValidationError, match="is not an IANA time zone; use one like Europe/Paris"):
        TypeAdapter[str](TimeZone).validate_python(name)


@pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", "localtime", "posixrules", "right/UTC", "Factory"])
def test_a_name_that_is_no_zone_of_the_package_has_no_rules(name: str) -> None:
    assert offsets_between(name, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)) == []
