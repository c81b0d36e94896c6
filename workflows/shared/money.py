"""Money as people read it, and how many decimals it has."""

from decimal import Decimal
from functools import lru_cache

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision
from iso4217 import Currency

LOCALE = Locale("en", "US")
format_currency(0, "USD", locale=LOCALE)  # reads babel's data files now: inside a workflow no file may be opened

ISO_DECIMALS: dict[str, int] = {each.code: each.exponent for each in Currency if each.exponent is not None}
"""Of the currencies in use, from the list of ISO 4217's maintenance agency (SIX), which the package carries."""


def decimals(currency: str) -> int:
    """Return how many decimals a currency has: what its minor unit is.

    They are ISO 4217's, which payment providers count in. Babel's own are CLDR's, which leaves out decimals that
    people do not use any more (MGA, RSD, ALL, LAK, IQD and others): an amount would be shown a hundred or a thousand
    times too large. What ISO's list does not have any more, or gives no decimals (gold), has CLDR's.
    """
    known = ISO_DECIMALS.get(currency)
    return get_currency_precision(currency) if known is None else known


@lru_cache(maxsize=1024)  # an order says the same amounts over and over
def format_money(amount: int, currency: str) -> str:
    """Return ``amount``, in minor units of ``currency``, as text: ``12000``, ``USD`` becomes ``$120.00``.

    The number of decimals is the currency's own (ISO 4217: two for USD, none for JPY).
    """
    places = decimals(currency)
    major = Decimal(amount).scaleb(-places)
    pattern = f"¤#,##0.{'0' * places}" if places else "¤#,##0"
    return format_currency(major, currency, pattern, locale=LOCALE, currency_digits=False)
