"""What has arrived above the cursor is counted until the operator looks there."""

from textual.app import App, ComposeResult
from textual.content import Content

from console.design.theme import DARK
from console.listing.arrivals import Arrivals
from console.listing.row_list import RowList
from tests.console.test_row_model import COLUMNS, row


def test_only_what_is_new_and_above_the_cursor_counts() -> None:
    arrivals = Arrivals()
    arrivals.take({"a", "b", "c"}.__contains__, ["x", "a", "b", "y", "c"], "b")
    assert len(arrivals) == 1
    arrivals.take({"x", "a", "b", "y", "c"}.__contains__, ["z", "x", "c", "a", "b", "y"], "b")
    assert len(arrivals) == 2, "one of those that were there has only moved"
    arrivals.take({"z", "x", "c", "a", "b", "y"}.__contains__, ["z", "c", "a"], "b")
    assert len(arrivals) == 1, "the one under the cursor is leaving, and another one has left"
    arrivals.clear()
    assert not arrivals


async def test_the_list_says_how_many_until_its_top_is_looked_at() -> None:
    class Rows(App[None]):
        def compose(self) -> ComposeResult:
            yield RowList("Orders", COLUMNS)

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return DARK.variables

    async with Rows().run_test(size=(60, 12)) as pilot:
        listed = pilot.app.query_one(RowList)

        def show(*names: str) -> str:
            listed.show([row(name) for name in names], anew=False, when_empty=Content())
            return Content.from_markup(str(listed.border_title)).plain

        assert show("a", "b") == "Orders"
        await pilot.pause()
        assert show("at the top", "a", "b") == "Orders", "it is seen as it comes"
        listed.table.focus()
        await pilot.press("end")
        assert show("x", "at the top", "a", "b") == "Orders · +1 new ↑"
        assert show("y", "x", "at the top", "a", "b", "below") == "Orders · +2 new ↑"
        await pilot.press("home")
        await pilot.pause()
        assert str(listed.border_title) == "Orders"
