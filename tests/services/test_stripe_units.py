"""Amounts as Stripe counts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.services.stripe_units import UnitError, from_stripe, to_stripe
from workflows.shared.money import decimals


@pytest.mark.parametrize(
    ("amount", "currency", "at_stripe"),
    [
        (1_000, "USD", 1_000),  # 10 dollars
        (500, "JPY", 500),  # 500 yen
        (5, "ISK", 500),  # 5 krónur
        (5, "UGX", 500),  # 5 shillings
        (50_000, "MGA", 500),  # 500 ariary
        (5_120, "KWD", 5_120),  # 5.120 dinars
        (1_001, "HUF", 1_001),  # 10.01 forint
    ],
)
def test_the_examples_of_stripes_own_pages(amount: int, currency: str, at_stripe: int) -> None:
    assert to_stripe(amount, currency) == at_stripe
    assert from_stripe(at_stripe, currency) == amount


AT_STRIPE = {
    0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    2: "AED AFN ALL EUR GBP HUF IDR ISK LAK LBP MMK RSD SEK SOS TWD UGX USD UZS YER",
    3: "BHD JOD KWD OMR TND",
}
"""With how many decimals Stripe counts, from https://docs.stripe.com/currencies: all others have two as well."""


@pytest.mark.parametrize(
    ("currency", "places"), [(code, n) for n, codes in AT_STRIPE.items() for code in codes.split()]
)
def test_ten_of_a_currency_are_ten_at_stripe(currency: str, places: int) -> None:
    assert to_stripe(10 * 10 ** decimals(currency), currency) == 10 * 10**places


@pytest.mark.parametrize(("amount", "currency", "step"), [(5_124, "KWD", 10), (50_001, "MGA", 100)])
def test_what_stripe_cannot_take(amount: int, currency: str, step: int) -> None:
    with pytest.raises(UnitError, match=f"Stripe takes {currency} in steps of {step} minor units, which {amount} is"):
        to_stripe(amount, currency)


def test_what_is_no_whole_number_of_minor_units() -> None:
    assert from_stripe(550, "ISK") is None


@given(st.integers(1, 10**15), st.sampled_from(["USD", "JPY", "ISK", "UGX", "MGA", "KWD", "BHD", "XOF"]))
def test_there_and_back(amount: int, currency: str) -> None:
    try:
        at_stripe = to_stripe(amount, currency)
    except UnitError:
        return
    assert from_stripe(at_stripe, currency) == amount
