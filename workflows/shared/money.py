"""Money as people read it."""

from decimal import Decimal

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision

LOCALE = Locale("en", "US")
format_currency(0, "USD", locale=LOCALE)  # reads babel's data files now: inside a workflow no file may be opened


def format_money(amount: int, currency: str) -> str:
    """Return ``amount``, in minor units of ``currency``, as text: ``12000``, ``USD`` becomes ``$120.00``.

    The number of decimals is the currency's own (ISO 4217: two for USD, none for JPY).
    """
    major = Decimal(amount).scaleb(-get_currency_precision(currency))
    return format_currency(major, currency, locale=LOCALE)
