"""Money is typed in major units and kept in minor ones, exactly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.forms.parsing import amount_text, parse_amount
from workflows.shared.codes import ISO_DECIMALS


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("120.00", "USD", 12_000),
        ("120", "USD", 12_000),
        ("120.5", "usd", 12_050),
        ("0.10", "EUR", 10),
        ("12.340", "USD", 1_234),
        ("1500", "JPY", 1_500),
        ("1.234", "KWD", 1_234),
        ("500", "MGA", 50_000),
        ("500.50", "RSD", 50_050),
        ("-5", "USD", -500),
        ("90071992547409.93", "USD", 9_007_199_254_740_993),
    ],
)
def test_an_amount_is_exact(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "words"),
    [
        ("12.345", "USD", "USD has 2 decimals; write it as in 1200.55"),
        ("12.5", "JPY", "JPY has no decimals; write it as in 1200"),
        ("1,20", "EUR", "write it without commas, with a point before the decimals, as in 1200.55"),
        ("1,200.00", "EUR", "write it without commas, with a point before the decimals, as in 1200.55"),
        ("$5", "USD", "is not an amount; write it as in 1200.55"),
        ("1e3", "USD", "is not an amount; write it as in 1200.55"),
        ("٣", "USD", "is not an amount; write it as in 1200.55"),
        ("9" * 30, "USD", "is not an amount; write it as in 1200.55"),
        ("5", "", "give the currency as well"),
        ("5", "QQQ", "cannot be read without a known currency; QQQ is none"),
    ],
)
def test_what_is_not_an_amount_says_what_would_be(text: str, currency: str, words: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(words)}$"):
        parse_amount(text, currency)


@given(st.integers(min_value=0, max_value=10**15), st.sampled_from(sorted(ISO_DECIMALS)))
def test_what_is_shown_is_read_back(minor: int, currency: str) -> None:
    assert parse_amount(amount_text(minor, currency), currency) == minor
