"""The keys of a screen of its own, by name: in the command palette, and in its help."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from console.commands.entries import Entry, EntryProvider
from console.details.sections import hanging, lines, section, sections

FIRST = 14
"""Cells of the column with keys."""


def named_keys(screen: Screen[Any]) -> Iterator[Binding]:
    """Yield the bindings of the screen, and of what is in focus in it, that have a name and say what they do."""
    for active in screen.active_bindings.values():
        if active.node is not screen.app and active.binding.description and active.binding.tooltip:
            yield active.binding


MAX_WIDTH, SHARE = 100, 96
"""Of the help, in cells and in percent of the terminal."""
FRAME = 5
"""Cells of border, padding and scroll bar."""


class ScreenCommands(EntryProvider):
    """Offers the named keys of the screen."""

    def entries(self) -> Iterator[Entry]:
        """Yield the keys."""
        for binding in named_keys(self.screen):
            run = partial(self.screen.run_action, binding.action.removeprefix("screen."))
            yield Entry(binding.description, f"key {self.app.get_key_display(binding)}; {binding.tooltip}", run)


class KeysHelp(ModalScreen[None]):
    """Explains the named keys of a screen, and its signs."""

    DEFAULT_CSS = """
    KeysHelp {
        align: center middle;
        #keys-help {
            width: 96%; max-width: 100; height: auto; max-height: 96%; padding: 0 1; background: $surface;
            border: round $accent; border-title-color: $tone-accent; border-subtitle-color: $tone-muted;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", show=False),
    ]

    def __init__(self, title: str, screen: Screen[Any], signs: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title, self._signs = title, signs
        self._keys = [*named_keys(screen)]

    def compose(self) -> ComposeResult:
        """Lay out keys and signs."""
        width = min(self.app.size.width * SHARE // 100, MAX_WIDTH) - FRAME
        keys = [(self.app.get_key_display(one), f"{one.description}: {one.tooltip}") for one in self._keys]
        keys.append(("^p", "every command by its name"))
        with VerticalScroll(id="keys-help") as frame:
            yield Static(
                sections(
                    section("Keys", *(_row(key, words, width) for key, words in keys)),
                    section("Signs", *(_row(sign, words, width) for sign, words in self._signs)),
                )
            )
        frame.border_title = Content(f"Help · {self._title}")
        frame.border_subtitle = Content("↑ ↓ scroll · esc close")


def _row(key: str, words: str, width: int) -> Content:
    return lines(hanging(Content.assemble("  ", (f"{key:<{FIRST}}", "bold $tone-accent")), words, width))
