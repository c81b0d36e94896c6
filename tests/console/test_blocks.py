"""A long text of blocks: what is in view is drawn, and nothing else."""

from collections import Counter

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Offset
from textual.selection import Selection

from console.widgets.blocks import BLANK, Block, BlockText


class Reader(App[None]):
    """Shows one text."""

    def __init__(self, text: BlockText) -> None:
        super().__init__()
        self.shown = text

    def compose(self) -> ComposeResult:
        """Let it scroll."""
        with VerticalScroll():
            yield self.shown

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip(" ▁▂▃▄▅▆▇█▎▍▌▋▊▉") for strip in strips]


async def test_only_the_lines_in_view_are_drawn() -> None:
    drawn = Counter[int]()

    def block(number: int) -> Block:
        def draw(_: int) -> Content:
            drawn[number] += 1
            return Content(f"{number} begins\n{number} [b]ends[/b]")

        return Block(draw, lambda _: 2)

    text = BlockText()
    app = Reader(text)
    async with app.run_test(size=(40, 10)) as pilot:
        text.show([block(number) for number in range(2_000)])
        await pilot.pause()
        assert app.lines[:3] == ["0 begins", "0 [b]ends[/b]", "1 begins"]
        assert text.size.height == 4_000
        app.query_one(VerticalScroll).scroll_end(animate=False)
        await pilot.pause()
        assert app.lines[-1] == "1999 [b]ends[/b]"
        assert drawn.total() < 40
        selected = text.get_selection(Selection(Offset(0, 2), Offset(3, 3)))
        assert selected == ("1 begins\n1 [", "\n")


async def test_a_narrower_screen_takes_more_lines() -> None:
    text = BlockText()
    app = Reader(text)
    async with app.run_test(size=(40, 10)) as pilot:
        text.show([Block(lambda _: Content("one two three four five six")), BLANK, Block(lambda _: Content(""))])
        await pilot.pause()
        assert text.size.height == 2
        await pilot.resize_terminal(16, 10)
        await pilot.pause()
        assert app.lines[:3] == ["one two three", "four five six", ""]
        text.show([])
        await pilot.pause()
        assert text.size.height == 0
