"""Saved views: kept in a file that several consoles share, and shown again."""

from pathlib import Path

import pytest

from console.listing.arrangement import Arrangement
from console.views.file import NAME, SavedView, UnsavedViewError, ViewFile
from console.views.screen import ViewsScreen
from tests.support.console_app import running_console
from tests.support.orders import Shop

MINE = SavedView(name="mine", text="owner:ada", stage="PAID", arrangement=Arrangement(sort="amount"))


def test_views_are_kept_by_system_and_name(tmp_path: Path) -> None:
    orders = ViewFile(tmp_path, "orders")
    orders.save(MINE)
    ViewFile(tmp_path, "orders").save(SavedView(name="All"))  # another console
    orders.save(MINE.model_copy(update={"text": "owner:bo"}))
    assert [(view.name, view.text) for view in orders.read()] == [("All", ""), ("mine", "owner:bo")]
    assert ViewFile(tmp_path, "approvals").read() == []
    orders.delete("mine")
    assert [view.name for view in orders.read()] == ["All"]


def test_a_view_says_what_it_shows() -> None:
    assert MINE.words == "stage PAID · owner:ada · by amount ↑"
    assert SavedView(name="x").words == "all rows"


def test_a_file_that_holds_no_views_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("not json")
    views = ViewFile(tmp_path, "orders")
    assert views.read() == []
    with pytest.raises(UnsavedViewError, match="holds no views"):
        views.save(MINE)
    assert (tmp_path / NAME).read_text() == "not json"


async def test_a_view_is_saved_and_shown_again_by_another_console(shop: Shop, tmp_path: Path) -> None:
    first, second = await shop.start(), await shop.start()
    async with running_console(shop.client, data_dir=tmp_path) as console:
        await console.until(lambda: {first.order_id, second.order_id} <= set(console.rows))
        await console.press("slash", *f"id:{first.order_id}", "enter", "F")
        await console.until(lambda: isinstance(console.app.screen, ViewsScreen))
        await console.shows("no view is saved yet")
        await console.press(*"first", "enter")
        await console.shows("shown now: id:")
        await console.press("escape", "escape")
        await console.until(lambda: len(console.rows) >= 2)
    async with running_console(shop.client, data_dir=tmp_path) as console:
        await console.until(lambda: {first.order_id, second.order_id} <= set(console.rows))
        await console.press("F")
        await console.until(lambda: isinstance(console.app.screen, ViewsScreen))
        await console.press("enter")
        await console.until(lambda: console.rows == [first.order_id])
        await console.press("F", "d")
        await console.shows("no view is saved yet")
