"""The tabs, one per system, with number key and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.design.times import one_unit
from console.design.tone import Tone


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
        self._counts: TabCounts | None = None
        self.show(TabCounts())

    def show(self, counts: TabCounts) -> None:
        """Show the counts."""
        if counts == self._counts:
            return
        self._counts = counts
        number = "" if counts.total is None else f" {counts.total:,}"
        yours = Tone.WAITING.styled(f" · {counts.for_you:,} for you") if counts.for_you else Content("")
        self.update(Content.assemble((f"{self._key} ", Tone.ACCENT.style), self._title, (number, "bold"), yours))

    def on_click(self) -> None:
        """Turn to this tab."""
        self.post_message(TabBar.Chosen(self._pane))


class InboxTab(Static):
    """How much waits for a person, at the right; dimmed when it was counted a while ago."""

    ALLOW_SELECT = False
    STALE_SECONDS: ClassVar = 15.0

    def __init__(self) -> None:
        super().__init__(id="inbox-tab")
        self._shown: Content | None = None
        self.show(None, None, active=False)

    def show(self, total: int | None, age: float | None, *, active: bool) -> None:
        """Show the number, ``age`` seconds after it was counted."""
        self.set_class(active, "-active")
        stale = age is not None and age > self.STALE_SECONDS
        sign = Tone.HUMAN.styled(" ▲") if total and not stale else Content("")
        number = "" if total is None else f" {total:,}"
        since = Tone.MUTED.styled(f" {one_unit(timedelta(seconds=age or 0))} ago") if stale else Content("")
        words = Content.assemble(("i ", Tone.ACCENT.style), "Inbox", (number, "" if stale else "bold"), sign, since)
        if self._shown is None or not words.is_same(self._shown):
            self._shown = words
            self.update(words)

    def on_click(self) -> None:
        """Open the inbox, or leave it."""
        self.app.simulate_key("i")


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
        self._tabs = {name: Tab(str(number), name, title) for number, (name, title) in enumerate(titles, start=1)}

    def compose(self) -> ComposeResult:
        """Lay out the tabs."""
        yield from self._tabs.values()
        yield self.inbox

    def show(self, active: str | None, counts: dict[str, TabCounts]) -> None:
        """Show the active tab, None while the inbox is open, and the counts."""
        for name, tab in self._tabs.items():
            tab.set_class(name == active, "-active")
            tab.show(counts.get(name, TabCounts()))
