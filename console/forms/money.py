"""Money between what people type and what the systems keep: ``120.00`` and 12000 minor units, exactly."""

import re
from decimal import Decimal

from babel.numbers import is_currency

from workflows.shared.money import decimals

AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MOST_DIGITS = 20


def parse_amount(text: str, currency: str) -> int:
    """Return how many minor units of ``currency`` the text says.

    Raises:
        ValueError: it is not a plain decimal number, has more decimals than the currency, or the currency is not known.
    """
    code = currency.strip().upper()
    if not code:
        raise ValueError("give the currency as well")
    if not is_currency(code):
        raise ValueError(f"cannot be read without a known currency; {currency} is none")
    precision = decimals(code)
    example = f"1200{'.' + '5' * precision if precision else ''}"
    if "," in text:
        raise ValueError(f"write it without commas, with a point before the decimals, as in {example}")
    if not AMOUNT.fullmatch(text) or len(text) > MOST_DIGITS:
        raise ValueError(f"is not an amount; write it as in {example}")
    amount = Decimal(text)
    minor = amount.scaleb(precision)
    if minor != minor.to_integral_value():
        raise ValueError(f"{code} has {_decimals(precision)}; write it as in {example}")
    return int(minor)


def amount_text(amount: int, currency: str) -> str:
    """Return ``amount``, in minor units, as people would type it; as it is if the currency is not known."""
    code = currency.strip().upper()
    precision = decimals(code) if is_currency(code) else 0
    return f"{Decimal(amount).scaleb(-precision):f}"


def _decimals(precision: int) -> str:
    return {0: "no decimals", 1: "1 decimal"}.get(precision, f"{precision} decimals")
