"""Money is shown with the decimals that payment providers count in, for every currency that is accepted."""

import re

import pytest

from workflows.shared.codes import ISO_DECIMALS
from workflows.shared.money import decimals, format_money, format_whole_money


@pytest.mark.parametrize("currency", sorted(ISO_DECIMALS))
def test_every_minor_unit_is_shown_where_it_belongs(currency: str) -> None:
    shown = format_money(123_456_789, currency)
    digits = re.search(r"[0-9][0-9,.]*$", shown)
    assert digits is not None, shown
    whole, _, fraction = digits.group().partition(".")
    assert (whole.replace(",", "") + fraction, len(fraction)) == ("123456789", decimals(currency))


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (12_000, "USD", "$120.00"),
        (-5, "USD", "-$0.05"),
        (500, "JPY", "¥500"),
        (50_000, "MGA", "MGA500.00"),
        (50_050, "RSD", "RSD500.50"),
        (1_234, "IQD", "IQD1.234"),
        (10**15, "EUR", "€10,000,000,000,000.00"),
    ],
)
def test_as_people_read_it(amount: int, currency: str, shown: str) -> None:
    assert format_money(amount, currency) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(12_050, "USD", "~$121"), (-12_049, "USD", "~-$120"), (5, "JPY", "¥5"), (1_500, "KWD", "~KWD2")],
)
def test_whole_units_are_marked_as_rounded(amount: int, currency: str, shown: str) -> None:
    assert format_whole_money(amount, currency) == shown
