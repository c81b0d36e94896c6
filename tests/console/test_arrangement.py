"""Columns and sort of a list, as an operator arranges them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.gateway.rows import Row, RowKey
from console.listing.arrange_screen import ArrangeScreen
from console.listing.arrangement import Arrangement
from console.memory import NAME, MemoryFile
from console.systems.orders.system import ORDERS
from tests.support.console_app import running_console
from tests.support.orders import Shop, line

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
COLUMNS = ORDERS.columns


def row(name: str, **fields: object) -> Row:
    """Return a row."""
    return Row(RowKey(name, "run"), name, AT, **{"currency": "USD", **fields})  # type: ignore[arg-type]


ROWS = [
    row("b", amount=900, title="ada", due_at=AT + timedelta(hours=1)),
    row("a", amount=12_000, title="Bo", due_at=AT),
    row("c", amount=None, title="", closed_at=AT, due_at=AT - timedelta(days=1)),
]


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [("amount", "bac", "abc"), ("order", "abc", "cba"), ("customer", "bac", "abc"), ("due", "abc", "bac")],
)
def test_rows_are_sorted_by_value_and_those_without_one_come_last(column: str, up: str, down: str) -> None:
    arrangement = Arrangement().with_sort(column)
    assert "".join(one.business_id for one in arrangement.sorted(ROWS, COLUMNS)) == up
    arrangement = arrangement.with_sort(column)
    assert "".join(one.business_id for one in arrangement.sorted(ROWS, COLUMNS)) == down
    assert arrangement.with_sort(column).sorted(ROWS, COLUMNS) == ROWS


def test_columns_are_moved_and_hidden_and_one_is_always_shown() -> None:
    moved = Arrangement().with_moved("amount", -2, COLUMNS).with_toggled("customer")
    assert [column.title for column in moved.shown(COLUMNS)][:3] == ["amount", "order", "stage"]
    assert "customer" in [column.title for column in moved.with_toggled("customer").shown(COLUMNS)]
    assert len(Arrangement(hidden=[column.title for column in COLUMNS]).shown(COLUMNS)) == 1
    assert moved.with_moved("due", 9, COLUMNS).order[-1] == "due"


def test_a_column_that_there_is_no_more_changes_nothing() -> None:
    assert Arrangement(order=["gone"], sort="gone").sorted(ROWS, COLUMNS) == ROWS
    assert Arrangement(order=["gone"]).shown(COLUMNS) == list(COLUMNS)


async def test_the_list_follows_and_is_kept_for_the_next_run(shop: Shop, tmp_path: Path) -> None:
    small = await shop.start(lines=[line("SKU-LAMP", 1, 1_000)])
    large = await shop.start(lines=[line("SKU-CHAIR", 9, 5_000)])
    memory = MemoryFile(tmp_path / NAME)
    async with running_console(shop.client, memory=memory) as console:
        await console.until(lambda: console.rows == [large.order_id, small.order_id])
        await console.press("S")
        await console.until(lambda: isinstance(console.app.screen, ArrangeScreen))
        await console.press("down", "space", "down", "K", "K", "enter", "escape")
        await console.until(lambda: console.rows == [small.order_id, large.order_id])
        await console.shows("1-2 of 2 · by amount ↑")
        assert "customer" not in console.list_text
        assert console.list_text.lstrip().startswith("amount")
    async with running_console(shop.client, memory=memory) as console:
        await console.until(lambda: console.rows == [small.order_id, large.order_id])
        assert "customer" not in console.list_text
