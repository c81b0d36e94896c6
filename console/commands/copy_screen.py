"""The screen that offers commands of Temporal's own tool to be copied."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from console.design.text import plain
from console.design.tone import Tone


class ShellCommand(NamedTuple):
    """A command, and what it does in words."""

    name: str
    text: str


class CopyScreen(ModalScreen[ShellCommand | None]):
    """Asks which of the commands is copied."""

    DEFAULT_CSS = """
    CopyScreen { align: center middle; }
    CopyScreen > OptionList {
        width: 92%; max-width: 120; height: auto; max-height: 90%; padding: 0 1; background: $surface;
        border: round $accent; border-title-color: $text-accent; border-subtitle-color: $text-muted;
        &:focus { border: round $accent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", show=False)]

    def __init__(self, commands: Sequence[ShellCommand]) -> None:
        super().__init__()
        self._commands = commands

    def compose(self) -> ComposeResult:
        """List the commands."""
        options = [
            Content.assemble((one.name, "bold"), "\n", Tone.MUTED.styled(plain(one.text))) for one in self._commands
        ]
        listed = OptionList(*map(Option, options))
        listed.border_title = Content("Copy as a command")
        listed.border_subtitle = Content("enter copies · replace what stands in <…> · esc leaves")
        yield listed

    def on_mount(self) -> None:
        """Point at the first."""
        self.query_one(OptionList).highlighted = 0

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._commands[message.option_index])
