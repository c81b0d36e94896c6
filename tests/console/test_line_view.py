"""Lines with a cursor and a scroll bar, of which only those in view are drawn."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from console.design.theme import DARK
from console.design.tone import Tone
from console.history.virtual_list import Piece, VirtualList

WIDTH, HEIGHT, LINES = 30, 11, 1_000
"""A header and ten lines fit."""


class Lines(App[None]):
    """Shows numbered lines, and keeps which of them were drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []
        self.view = VirtualList()
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        """Lay out the lines alone."""
        yield self.view

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours that the lines have."""
        return DARK.variables

    def on_mount(self) -> None:
        """Show the lines."""
        self.view.focus()
        self.view.show(LINES, lambda _: [("header", Tone.MUTED)], self._draw)

    def on_virtual_list_chosen(self) -> None:
        """Keep which line was chosen."""
        self.chosen.append(self.view.cursor)

    def _draw(self, index: int, _: int) -> Sequence[Piece]:
        self.drawn.append(index)
        return [(f"line {index}", Tone.PLAIN)]


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Lines, Pilot[None]]]:
    """Run the lines until the block ends."""
    app = Lines()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_only_lines_in_view_are_drawn_and_of_those_only_the_changed_ones() -> None:
    async with running() as (app, pilot):
        assert {*app.drawn} == {*range(10)}
        await pilot.press("end")
        await pilot.pause()
        assert app.view.lines_in_view == range(LINES - 10, LINES)
        app.drawn.clear()
        await pilot.press("up")
        await pilot.pause()
        assert {*app.drawn} == {LINES - 2, LINES - 1}  # the cursor left the one, and is on the other


async def test_the_mouse_moves_the_cursor_chooses_and_drags_the_scroll_bar() -> None:
    async with running() as (app, pilot):
        await pilot.click(app.view, offset=(3, 0))  # the header
        await pilot.click(app.view, offset=(3, 4))
        assert (app.view.cursor, app.chosen) == (3, [])
        await pilot.click(app.view, offset=(3, 4))
        assert (app.view.cursor, app.chosen) == (3, [3])
        await pilot.mouse_down(app.view, offset=(WIDTH - 1, 1))
        await pilot.hover(app.view, offset=(WIDTH - 1, HEIGHT - 1))
        await pilot.mouse_up(app.view, offset=(WIDTH - 1, HEIGHT - 1))
        assert app.view.lines_in_view == range(LINES - 10, LINES)
        assert app.view.cursor == 3
