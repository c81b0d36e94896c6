"""The command line: every command by its name, with completion and history."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from console.commands.catalogue import OPEN, all_entries
from console.commands.typed import UnknownCommandError, explained, proposals, remember, resolve
from console.design.text import plain
from console.design.tone import Tone
from console.systems.system import system_of
from console.widgets.excerpt import Excerpt
from console.widgets.line_input import LineInput

if TYPE_CHECKING:
    from console.app import ConsoleApp

HINT = "a command, or a workflow's ID"
KEYS = "tab completes · ↑ ↓ typed before · enter runs · esc leaves"


class CommandLine(ModalScreen[None]):
    """Takes one command; ``typed`` are those before, the latest last."""

    DEFAULT_CSS = """
    CommandLine {
        align: left bottom; background: transparent;
        & > Vertical { height: auto; background: $panel; padding: 0 1; border-top: solid $border; }
        Horizontal { height: 1; }
        .command--sign { width: 2; color: $tone-accent; text-style: bold; }
        LineInput { width: 1fr; background: $field; &:focus { background: $field-focus; } }
        .command--proposals { height: auto; max-height: 3; color: $tone-muted; }
        .command--said { height: auto; max-height: 3; color: $tone-muted; }
    }
    """
    AUTO_FOCUS = "LineInput"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", show=False),
        Binding("tab", "complete(1)", "Complete", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", "Complete", show=False, priority=True),
        Binding("up", "recall(-1)", "Typed before", show=False, priority=True),
        Binding("down", "recall(1)", "Typed after", show=False, priority=True),
    ]

    def __init__(self, typed: list[str], begin: str = "") -> None:
        super().__init__()
        self._typed, self._begin = typed, begin
        self._at = len(typed)
        self._completing: tuple[list[str], int] | None = None
        """The proposals that tab goes through, and which one is shown."""
        self._input = LineInput(begin, placeholder=HINT, compact=True, select_on_focus=False)
        self._proposals = Excerpt(classes="command--proposals")
        self._said = Excerpt(Content(KEYS), classes="command--said")

    def compose(self) -> ComposeResult:
        """Lay out the line above what may be typed."""
        with Vertical():
            with Horizontal():
                yield Static(Content(":"), classes="command--sign")
                yield self._input
            yield self._proposals
            yield self._said

    def on_mount(self) -> None:
        """Propose, and look behind what is typed already."""
        self._entries = [*all_entries(cast("ConsoleApp", self.app))]
        self._input.cursor_position = len(self._begin)
        self._propose()

    @on(Input.Changed)
    def _changed(self) -> None:
        if self._completing is not None and self._input.value != self._completing[0][self._completing[1]]:
            self._completing = None
        self._propose()

    def _propose(self) -> None:
        found = self._completing[0] if self._completing else proposals(self._input.value, self._entries)
        chosen = self._completing[1] if self._completing else None
        words = (
            Content.styled(plain(each), f"bold {Tone.ACCENT.style}" if number == chosen else Tone.MUTED.style)
            for number, each in enumerate(found[max((chosen or 0) - 1, 0) :], start=max((chosen or 0) - 1, 0))
        )
        self._proposals.update(Content("  ").join(words))
        self._said.update(Content(plain(explained(self._input.value, self._entries)) or KEYS))

    def action_complete(self, step: int) -> None:
        """Put the next proposal into the line."""
        if self._completing is None:
            found = proposals(self._input.value, self._entries)
            if not found:
                return
            self._completing = found, 0 if step > 0 else len(found) - 1
        else:
            found, at = self._completing
            self._completing = found, (at + step) % len(found)
        self._put(self._completing[0][self._completing[1]])

    def action_recall(self, step: int) -> None:
        """Put a command into the line that was typed before."""
        self._at = min(max(self._at + step, 0), len(self._typed))
        self._put(self._typed[self._at] if self._at < len(self._typed) else "")

    def _put(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        text = self._input.value.strip()
        if not text:
            self.dismiss()
            return
        console = cast("ConsoleApp", self.app)
        systems = [pane.system for pane in console.panes.values()]
        try:
            run = resolve(f"{OPEN} {text}" if system_of(text, systems) is not None else text, self._entries)
        except UnknownCommandError as error:
            self._said.update(Content.styled(f"▲ {plain(str(error))}", Tone.HUMAN.style))
            return
        remember(self._typed, text)
        self.dismiss()
        console.call_later(run)
