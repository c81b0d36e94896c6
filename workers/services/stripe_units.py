"""Amounts as Stripe counts them: nearly always in the minor unit of ISO 4217, as ours are.

See https://docs.stripe.com/currencies: some currencies without decimals are still given with two (ISK, UGX), one with
two decimals is given without (MGA), and of those with three the last digit must be 0.
"""

TIMES_100 = frozenset({"ISK", "UGX"})
IN_HUNDREDS = frozenset({"MGA"})
IN_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


class UnitError(ValueError):
    """Stripe has no such amount of that currency."""


def to_stripe(amount: int, currency: str) -> int:
    """Return an amount of minor units as Stripe writes it.

    Raises:
        UnitError: it is not a whole number of what Stripe takes.
    """
    if currency in TIMES_100:
        return amount * 100
    step = 100 if currency in IN_HUNDREDS else 10 if currency in IN_TENS else 1
    if amount % step:
        raise UnitError(f"Stripe takes {currency} in steps of {step} minor units, which {amount} is not")
    return amount // 100 if currency in IN_HUNDREDS else amount


def from_stripe(amount: int, currency: str) -> int | None:
    """Return Stripe's amount in minor units, or None where it is not a whole number of them."""
    if currency in TIMES_100:
        return amount // 100 if amount % 100 == 0 else None
    return amount * 100 if currency in IN_HUNDREDS else amount
