"""Stripe's units of money: with exceptions, the minor units of ISO 4217 that we use.

See https://docs.stripe.com/currencies: two decimals for ISK and UGX, none for MGA, and for currencies with three
decimals a last digit of 0.
"""

TIMES_100 = frozenset({"ISK", "UGX"})
IN_HUNDREDS = frozenset({"MGA"})
IN_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


class UnitError(ValueError):
    """Stripe cannot express the amount."""


def to_stripe(amount: int, currency: str) -> int:
    """Return an amount of minor units in Stripe's units.

    Raises:
        UnitError: it is not a whole number of them.
    """
    if currency in TIMES_100:
        return amount * 100
    step = 100 if currency in IN_HUNDREDS else 10 if currency in IN_TENS else 1
    if amount % step:
        raise UnitError(f"Stripe takes {currency} in steps of {step} minor units, which {amount} is not")
    return amount // 100 if currency in IN_HUNDREDS else amount


def from_stripe(amount: int, currency: str) -> int | None:
    """Return Stripe's amount in minor units, or None if it is not a whole number of them."""
    if currency in TIMES_100:
        return amount // 100 if amount % 100 == 0 else None
    return amount * 100 if currency in IN_HUNDREDS else amount
