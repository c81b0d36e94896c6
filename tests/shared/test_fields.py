"""What the types of payload fields accept."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from workflows.campaigns.local_time import calendar_period
from workflows.campaigns.models import CalendarWindow
from workflows.shared.fields import NO_COUNTRIES, ZONES, Country, TimeZone


@pytest.mark.parametrize("code", sorted(NO_COUNTRIES))
def test_codes_that_are_no_countries_are_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="not an ISO 3166 country code"):
        TypeAdapter(Country).validate_python(code)


def test_every_time_zone_of_the_database_has_rules() -> None:
    for zone in ZONES:
        calendar_period(CalendarWindow(calendar="day", timezone=zone), datetime.now(UTC))


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "Europe", "../etc/passwd", "zone.tab", "localtime"])
def test_an_unknown_time_zone_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ValidationError, match="is not an IANA time zone; use one like Europe/Paris"):
        TypeAdapter[str](TimeZone).validate_python(name)
