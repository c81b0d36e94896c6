"""What the types of payload fields accept."""

import pytest
from pydantic import TypeAdapter, ValidationError

from workflows.shared.fields import NO_COUNTRIES, Country, TimeZone


@pytest.mark.parametrize("code", sorted(NO_COUNTRIES))
def test_codes_that_are_no_countries_are_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="not an ISO 3166 country code"):
        TypeAdapter(Country).validate_python(code)


@pytest.mark.parametrize("given", ["America/Vancouver", "america/vancouver", " America/Vancouver "])
def test_a_time_zone_is_spelled_as_in_the_database(given: str) -> None:
    assert TypeAdapter[str](TimeZone).validate_python(given) == "America/Vancouver"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "Europe", "../etc/passwd", "zone.tab", "localtime"])
def test_an_unknown_time_zone_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ValidationError, match="is not an IANA time zone; use one like Europe/Paris"):
        TypeAdapter[str](TimeZone).validate_python(name)
