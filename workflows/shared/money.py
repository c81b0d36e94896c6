"""Money as people read it, and how many decimals it has."""

from decimal import Decimal
from functools import lru_cache

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision
from iso4217 import Currency

LOCALE = Locale("en", "US")
format_currency(0, "USD", locale=LOCALE)  # loads babel's data files: a workflow may open none

ISO_DECIMALS: dict[str, int] = {each.code: each.exponent for each in Currency if each.exponent is not None}
"""Decimals of the currencies in use, from the list of ISO 4217's maintenance agency (SIX)."""


def decimals(currency: str) -> int:
    """Return the number of decimals of a currency's minor unit, as payment providers count it.

    Babel's number is CLDR's, which drops decimals out of use (MGA, RSD, IQD): it serves where ISO has none (gold).
    """
    known = ISO_DECIMALS.get(currency)
    return get_currency_precision(currency) if known is None else known


@lru_cache(maxsize=1024)
def format_money(amount: int, currency: str) -> str:
    """Return ``amount``, in minor units of ``currency``, as text: ``12000``, ``USD`` becomes ``$120.00``."""
    places = decimals(currency)
    major = Decimal(amount).scaleb(-places)
    pattern = f"¤#,##0.{'0' * places}" if places else "¤#,##0"
    return format_currency(major, currency, pattern, locale=LOCALE, currency_digits=False)
