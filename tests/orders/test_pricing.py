"""What pieces cost: discounts are shared among the lines, and the parts add up to the minor unit."""

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.orders import line, order
from tests.support.profiles import STEADY
from workflows.orders.models import OrderLine
from workflows.orders.pricing import Prices, divide
from workflows.orders.views.models import ReservedLine

amounts = st.integers(0, 10**15)


@STEADY
@given(weights=st.lists(amounts, min_size=1, max_size=20), data=st.data())
def test_the_parts_add_up_and_none_exceeds_its_weight(weights: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    parts = divide(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@STEADY
@given(
    sold=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10_000)), min_size=1, max_size=6),
    off=st.fractions(0, 1),
    data=st.data(),
)
def test_pieces_cost_the_total_in_whatever_order_they_are_taken(
    sold: list[tuple[int, int]], off: Fraction, data: st.DataObject
) -> None:
    lines = [line(f"SKU-{number % 3}", *each) for number, each in enumerate(sold)]
    discount = int(sum(quantity * price for quantity, price in sold) * off)
    if discount:
        lines.append(line("OFF", 1, -discount, "discount"))
    request = order(lines=lines)
    prices = Prices(request.lines)
    left, costs = Counter(prices.ordered), 0
    for number in data.draw(st.permutations(list(left.elements()))):
        (taken,) = prices.take({number: 1}, left)
        assert taken.amount >= 0
        costs += taken.amount
        left[number] -= 1
    assert costs == request.total


def priced(*lines: dict[str, Any]) -> Prices:
    """Return the prices of these lines."""
    return Prices([OrderLine.model_validate(each) for each in lines])


def test_a_discount_is_shared_in_proportion() -> None:
    prices = priced(
        line("A", 1, 1_000), line("B", 2, 1_000), line("SHIPPING", 1, 0, "service"), line("OFF", 1, -100, "discount")
    )
    taken = prices.take({1: 1, 2: 1, 3: 1}, prices.ordered)
    assert [(each.sku, each.amount) for each in taken] == [("A", 967), ("B", 966), ("SHIPPING", 0)]


def test_goods_are_found_on_the_last_lines_first_and_services_never() -> None:
    prices = priced(line("A", 2, 100), line("A", 2, 200), line("A", 5, 300, "service"))
    assert prices.find([ReservedLine(sku="A", quantity=3)], prices.ordered) == {1: 1, 2: 2}
    assert prices.find([ReservedLine(sku="A", quantity=9)], {1: 1, 2: 0, 3: 5}) == {1: 1}


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ([line("SKU-LAMP", 1, 0)], 0),
        ([line("SKU-DESK", 1, 3_000), line("WELCOME10", 1, -500, "discount")], 2_500),
        ([line("SKU-LAMP", 1, 2_500), line("SHIPPING", 1, 599, "service")], 3_099),
        ([line("SKU-LAMP", 1, 2_500), line("SKU-LAMP", 1, 2_500)], 5_000),
    ],
)
def test_an_order_may_be_free_have_services_and_discounts_and_a_sku_on_two_lines(
    lines: list[dict[str, Any]], total: int
) -> None:
    assert order(lines=lines).total == total
