"""Marks of many rows: by ranges, and of all that match."""

import pytest

from console.listing import system_list
from tests.support.console_app import Console, running_console
from tests.support.orders import Shop


def marked(console: Console) -> list[str]:
    """Return the IDs of the marked rows."""
    return [row.business_id for row in console.table.marked_rows]


async def test_a_range_is_marked_from_either_end(shop: Shop) -> None:
    for _ in range(5):
        await shop.start()
    async with running_console(shop.client) as console:
        await console.until(lambda: len(console.rows) >= 5)
        await console.press("down", "down", "down", "V")
        await console.shows("a range begins here")
        await console.press("up", "up", "V")
        await console.until(lambda: marked(console) == console.rows[1:4])
        await console.press("escape")
        assert marked(console) == []
        await console.press("home", "shift+down", "shift+down")
        await console.until(lambda: marked(console) == console.rows[:3])


async def test_a_range_without_an_end_is_given_up(shop: Shop) -> None:
    await shop.start()
    async with running_console(shop.client) as console:
        await console.until(lambda: console.rows)
        await console.press("V", "escape")
        await console.until(lambda: console.table.range_start is None)
        assert marked(console) == []


async def test_all_that_match_are_marked_also_those_not_loaded(shop: Shop) -> None:
    for _ in range(12):
        await shop.start()
    async with running_console(shop.client, page_size=10) as console:
        await console.until(lambda: len(console.rows) == 10)
        await console.press("M")
        await console.until(lambda: len(marked(console)) == len(console.rows) > 11)


async def test_no_more_are_marked_than_an_action_takes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_list, "MAX_MARKED", 2)
    for _ in range(3):
        await shop.start()
    async with running_console(shop.client) as console:
        await console.until(lambda: len(console.rows) >= 3)
        await console.press("M")
        await console.told("the first 2 are marked")
        assert len(marked(console)) == 2
