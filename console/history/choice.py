"""A list of other runs, of which one is chosen."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.design.text import plain
from console.design.tone import Tone
from console.gateway.rows import RowKey


class Choice(NamedTuple):
    """One run that may be chosen; ``word`` says what it is."""

    word: str
    key: RowKey
    detail: str = ""


class ChoiceDialog(ModalScreen[RowKey | None]):
    """Offers runs; its result is the chosen one."""

    DEFAULT_CSS = """
    ChoiceDialog {
        align: center middle;
        #choice {
            width: 94%; max-width: 110; height: auto; max-height: 90%; padding: 0 1; background: $surface;
            border: round $accent; border-title-color: $text-accent; border-title-style: bold;
            border-subtitle-color: $tone-muted;
        }
        OptionList, OptionList:focus {
            height: auto; max-height: 20; padding: 0; background: $surface; border: none;
        }
        #choice-none { height: auto; padding: 1 2; color: $tone-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back", show=False)]

    def __init__(self, title: str, choices: Sequence[Choice], when_empty: str) -> None:
        super().__init__()
        self._title, self._choices, self._when_empty = title, choices, when_empty

    def compose(self) -> ComposeResult:
        """Lay out the runs."""
        with Vertical(id="choice") as frame:
            if self._choices:
                yield OptionList(*(Option(_drawn(choice)) for choice in self._choices))
            else:
                yield Static(Content(self._when_empty), id="choice-none")
        frame.border_title = Content(plain(self._title))
        frame.border_subtitle = Content("enter opens it · esc back" if self._choices else "esc back")

    def on_mount(self) -> None:
        """Give the keys to the list."""
        if self._choices:
            self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index].key)


def _drawn(choice: Choice) -> Content:
    return Content.assemble(
        (f"{choice.word:<12} ", Tone.MUTED.style),
        (plain(choice.key.workflow_id, limit=60), "bold"),
        (f"  {plain(choice.detail, limit=80)}", Tone.MUTED.style),
    )
