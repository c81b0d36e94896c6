"""What the types of payload fields accept."""

from datetime import UTC, datetime, time

import pytest
from pydantic import TypeAdapter, ValidationError

from workflows.campaigns.local_time import calendar_period_end
from workflows.campaigns.models import CalendarWindow
from workflows.shared.fields import NO_COUNTRIES, ZONES, Country, TimeZone, zone_info


@pytest.mark.parametrize("code", sorted(NO_COUNTRIES))
def test_codes_that_are_no_countries_are_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="not an ISO 3166 country code"):
        TypeAdapter(Country).validate_python(code)


@pytest.mark.parametrize("month", [1, 7])
def test_console_and_workflows_use_the_same_rules_of_every_time_zone(month: int) -> None:
    """The host's rules may be older: Vancouver's clocks are no longer put back since November 2026."""
    for zone in ZONES:
        ends = calendar_period_end(CalendarWindow(calendar="day", timezone=zone), datetime(2027, month, 15, tzinfo=UTC))
        assert ends.astimezone(zone_info(zone)).time() == time(0), zone


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "Europe", "../etc/passwd", "zone.tab", "localtime"])
def test_an_unknown_time_zone_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ValidationError, match="is not an IANA time zone; use one like Europe/Paris"):
        TypeAdapter[str](TimeZone).validate_python(name)
