"""A parcel arrives on a working day of the country that it goes to, and the estimate says so."""

from datetime import UTC, datetime
from threading import Event

import pytest

from workflows.orders.customer.calendars import calendar
from workflows.orders.customer.delivery_days import DeliveryDays


@pytest.fixture(autouse=True)
def _holidays_are_loaded() -> None:
    calendar("US", 2026, timeout=None)


def at(month: int, day: int) -> datetime:
    """Return half past two in the afternoon of a day in 2026."""
    return datetime(2026, month, day, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "planned", "expected"),
    [
        ("US", at(1, 28), at(1, 28)),
        ("US", at(1, 31), at(2, 2)),  # a Saturday
        ("US", at(11, 26), at(11, 27)),  # Thanksgiving
        ("US", at(7, 3), at(7, 6)),  # the fourth is a Saturday, so that the third is free
        ("DE", at(4, 3), at(4, 7)),  # Good Friday, the weekend, and Easter Monday
        ("DE", at(11, 26), at(11, 26)),
        ("SA", at(1, 30), at(2, 1)),  # the weekend is Friday and Saturday
        ("EU", at(12, 25), at(12, 25)),  # no country of the library's: only weekends
        ("EU", at(12, 26), at(12, 28)),
    ],
)
def test_a_day_off_moves_to_the_next_working_day(country: str, planned: datetime, expected: datetime) -> None:
    assert DeliveryDays(country).next_from(planned) == expected


def test_what_was_passed_over_is_said() -> None:
    days = DeliveryDays("US")
    assert days.in_words() == "delivered on working days in US (UTC)"
    days.next_from(at(1, 31))
    assert days.in_words() == (
        "delivered on working days in US (UTC), so not on Saturday 31 January and Sunday 1 February"
    )


def test_it_says_where_holidays_are_not_known() -> None:
    days = DeliveryDays("EU")
    days.next_from(at(1, 28))
    assert days.in_words() == "delivered on weekdays (UTC; the holidays of EU are not known)"


def test_while_holidays_are_being_loaded_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Event()
    monkeypatch.setattr("workflows.orders.customer.calendars._read", lambda _country, _year: loaded.wait())
    days = DeliveryDays("US")
    assert days.next_from(at(1, 31)) == at(2, 2)
    loaded.set()
    assert "the holidays of US are not known yet; ask again" in days.in_words()
