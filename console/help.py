"""The help screen: the keys of the pane, and what the signs mean."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from console.design.tone import Tone
from console.details.sections import grid, heading, lines, problem, sections
from console.panes.base import SystemPane
from console.panes.filtering import HELP

GENERAL_KEYS = (
    ("1 2 3", "another system"),
    ("↑ ↓ pgup pgdn", "another row"),
    ("← →", "only the stage to the left or the right"),
    ("/", f"filter: {HELP}"),
    ("enter", "read the details; esc goes back"),
    ("v", "details, history, or payload of what is in focus"),
    ("tab", "from the list to the details"),
    ("y", "copy the ID"),
    ("o", "open the run in Temporal's Web UI"),
    ("f5", "read everything again now"),
    ("ctrl+p", "every command by its name"),
    ("q ctrl+c", "quit; stops what this console started"),
)
TONES = (
    (Tone.WAITING, "◔", "waits for somebody outside"),
    (Tone.MOVING, "◐", "moves by itself"),
    (Tone.DONE, "✔", "done"),
    (Tone.STOPPED, "✖", "stopped"),
    (Tone.HUMAN, "▲", "a human must look"),
)


class HelpScreen(ModalScreen[None]):
    """Explains one pane."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", show=False),
    ]

    def __init__(self, pane: SystemPane[Any], troubles: Sequence[str] = ()) -> None:
        super().__init__()
        self._troubles = troubles
        self._pane = pane

    def compose(self) -> ComposeResult:
        """Lay the text out."""
        with VerticalScroll(id="help") as frame:
            yield Static(help_text(self._pane, self._troubles))
        frame.border_title = Content(f"Help · {self._pane.title}")
        frame.border_subtitle = Content("esc close")


def help_text(pane: SystemPane[Any], troubles: Sequence[str] = ()) -> Content:
    """Return the help of a pane, below what the top line may have no room for."""
    actions = [(_key(judged.action.key), judged.action.label, judged.effect or judged.why) for judged in pane.judged()]
    stages = [
        (Content.styled(stage.symbol, stage.tone.style), Content.styled(stage.label, stage.tone.style))
        for stage in pane.stages
    ]
    tones = [(Content.styled(f"{sign} {tone.value}", tone.style), meaning) for tone, sign, meaning in TONES]
    now = [lines(heading("Now"), *(problem(trouble) for trouble in troubles))] if troubles else []
    return sections(
        *now,
        lines(heading(f"What you can do with this {pane.noun} now"), grid(actions)),
        lines(heading("Keys"), grid([(_key(key), meaning) for key, meaning in (*own_keys(pane), *GENERAL_KEYS)])),
        lines(heading("Stages"), grid(stages)),
        lines(heading("Colours, always with a sign and a word"), grid(tones)),
    )


def own_keys(pane: SystemPane[Any]) -> list[tuple[str, str]]:
    """Return the keys that only this pane has, besides those of its actions."""
    own = [binding for binding in type(pane).BINDINGS if isinstance(binding, Binding)]
    return [(binding.key, binding.tooltip) for binding in own if not binding.action.startswith("act(")]


def _key(key: str) -> Content:
    return Content.styled(key, "bold $tone-accent")
