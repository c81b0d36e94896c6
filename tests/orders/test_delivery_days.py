"""A parcel arrives on a working day of the country that it goes to, and the estimate says so."""

from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from tests.support.orders import DAY, open_shop
from tests.support.temporal import fresh
from workflows.orders.customer.calendars import days_off
from workflows.orders.customer.delivery_days import DeliveryDays


def days_in(country: str) -> DeliveryDays:
    return DeliveryDays(country, days_off(country, 2026))


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
    assert days_in(country).next_from(planned) == expected


def test_what_was_passed_over_is_said() -> None:
    days = days_in("US")
    assert days.in_words() == "delivered on working days in US (UTC)"
    days.next_from(at(1, 31))
    assert days.in_words() == (
        "delivered on working days in US (UTC), so not on Saturday 31 January and Sunday 1 February"
    )


def test_it_says_where_holidays_are_not_known() -> None:
    days = days_in("EU")
    days.next_from(at(1, 28))
    assert days.in_words() == "delivered on weekdays (UTC; the holidays of EU are not known)"


def test_a_year_without_known_holidays_is_said() -> None:
    days = days_in("US")
    days.next_from(datetime(2028, 6, 1, tzinfo=UTC))
    assert "the holidays of US are not known" in days.in_words()


async def test_an_estimate_stays_when_the_package_changes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = fresh("orders")
    async with open_shop(client, task_queue=queue) as shop:
        request = await shop.start(fulfilment_seconds_per_step=DAY)
        before = await shop.orders.get_delivery_estimate(request.order_id)
    assert "delivered on working days in US" in before.basis

    def unknown(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr("holidays.country_holidays", unknown)
    days_off.cache_clear()
    async with open_shop(client, shop.world, task_queue=queue):
        after = await shop.orders.get_delivery_estimate(request.order_id)
    assert after.basis == before.basis
