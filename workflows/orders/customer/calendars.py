"""Weekends and public holidays of countries, from the `holidays` package. It takes some 20 MB, and is loaded on demand.

Not for workflows: the package is updated, so an activity gives an order the days that it estimates with.
"""

from functools import cache

from workflows.orders.customer.delivery_days import DaysOff


@cache
def days_off(country: str, year: int) -> DaysOff | None:
    """Return the days off of a country (alpha-2) in that year and the next, or None if the package does not know it."""
    from holidays import country_holidays

    try:
        found = country_holidays(country, years=(year, year + 1))
    except NotImplementedError:
        return None
    return DaysOff(weekend=sorted(found.weekend), holidays=sorted(found))
