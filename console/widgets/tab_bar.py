"""The tabs, one per system, with number key and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from console.design.text import plain
from console.design.times import one_unit
from console.design.tone import Tone

WITHOUT_NUMBERS, SHORTEST = 2, 3
"""How short a tab is: 1 is without words behind its numbers, 2 without its number, 3 with a part of its title."""

SHORT_TITLE = 6


@dataclass(frozen=True)
class TabCounts:
    """Counts of one system, None while not known."""

    total: int | None = None
    for_you: int | None = None


class Tab(Static):
    """One tab."""

    ALLOW_SELECT = False

    def __init__(self, key: str, name: str, title: str) -> None:
        super().__init__()
        self._key, self._pane, self._title = key, name, title
        self._counts = TabCounts()
        self._shown: Content | None = None
        self.show(TabCounts(), 0)

    def form(self, counts: TabCounts, shortness: int) -> Content:
        """Return what the tab says: whole for 0, and then without words, numbers, and most of its title."""
        number = "" if counts.total is None or shortness >= WITHOUT_NUMBERS else f" {counts.total:,}"
        words = " for you" if not shortness else ""
        yours = Tone.WAITING.styled(f" · {counts.for_you:,}{words}") if counts.for_you else Content("")
        title = plain(self._title, limit=SHORT_TITLE) if shortness == SHORTEST else self._title
        return Content.assemble((f"{self._key} ", Tone.ACCENT.style), title, (number, "bold"), yours)

    def show(self, counts: TabCounts, shortness: int) -> None:
        """Show the counts."""
        self._counts = counts
        shown = self.form(counts, shortness)
        if self._shown is None or not shown.is_same(self._shown):
            self._shown = shown
            self.update(shown)

    def show_as(self, shortness: int) -> None:
        """Say the same in fewer or more words."""
        self.show(self._counts, shortness)

    def needed(self, shortness: int) -> int:
        """Return the cells that it needs, with the space around."""
        return self.form(self._counts, shortness).cell_length + self.gutter.width

    def on_click(self) -> None:
        """Turn to this tab."""
        self.post_message(TabBar.Chosen(self._pane))


class InboxTab(Static):
    """How much waits for a person, at the right; dimmed when it was counted a while ago."""

    ALLOW_SELECT = False
    STALE_SECONDS: ClassVar = 15.0

    def __init__(self) -> None:
        super().__init__(id="inbox-tab")
        self.key = "i"
        self._shown: Content | None = None
        self.show(None, None, active=False)

    def show(self, total: int | None, age: float | None, *, active: bool) -> None:
        """Show the number, ``age`` seconds after it was counted."""
        self.set_class(active, "-active")
        stale = age is not None and age > self.STALE_SECONDS
        sign = Tone.HUMAN.styled(" ▲") if total and not stale else Content("")
        number = "" if total is None else f" {total:,}"
        since = Tone.MUTED.styled(f" {one_unit(timedelta(seconds=age or 0))} ago") if stale else Content("")
        words = Content.assemble(
            (f"{self.key} ", Tone.ACCENT.style), "Inbox", (number, "" if stale else "bold"), sign, since
        )
        if self._shown is None or not words.is_same(self._shown):
            self._shown = words
            self.update(words)

    @property
    def needed(self) -> int:
        """The cells that it needs, with the space around."""
        return (self._shown.cell_length if self._shown is not None else 0) + self.gutter.width

    async def on_click(self) -> None:
        """Open the inbox, or leave it."""
        await self.app.run_action("app.inbox")


class TabBar(Horizontal):
    """All tabs; ``titles`` are names and titles of the panes."""

    class Chosen(Message):
        """Turn to ``pane``."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, titles: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.inbox = InboxTab()
        self._shortness = 0
        self._tabs = {name: Tab(str(number), name, title) for number, (name, title) in enumerate(titles, start=1)}

    def compose(self) -> ComposeResult:
        """Lay out the tabs."""
        yield from self._tabs.values()
        yield self.inbox

    def show(self, active: str | None, counts: dict[str, TabCounts]) -> None:
        """Show the active tab, None while the inbox is open, and the counts."""
        for name, tab in self._tabs.items():
            tab.set_class(name == active, "-active")
            tab.show(counts.get(name, TabCounts()), self._shortness)
        self.fit()

    def show_inbox(self, total: int | None, age: float | None, *, active: bool) -> None:
        """Show how much is in the inbox, ``age`` seconds after it was counted."""
        before = self.inbox.needed
        self.inbox.show(total, age, active=active)
        if self.inbox.needed != before:
            self.fit()

    def on_resize(self, _: Resize) -> None:
        """Fit the new width."""
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """Say no more than there is room for beside the inbox."""
        # Textual may keep the width of a text that changes twice before it is laid out.
        self.inbox.styles.width = self.inbox.needed
        tabs, room = self._tabs.values(), self.size.width - self.inbox.needed
        fitting = (form for form in range(SHORTEST) if sum(tab.needed(form) for tab in tabs) <= room)
        self._shortness = next(fitting, SHORTEST)
        for tab in tabs:
            tab.show_as(self._shortness)
