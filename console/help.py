"""The help screen: keys of the pane, and meanings of the signs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from console.design.times import zone_words
from console.design.tone import Tone
from console.details.sections import grid, problem, section, sections
from console.listing.filtering import HELP
from console.pane import SystemPane
from workflows.shared.zones import RULES_VERSION

GENERAL_KEYS = (
    ("↑ ↓ pgup pgdn", "another row"),
    ("← →", "only the stage to the left or the right"),
    ("/", f"filter: {HELP}"),
    ("enter", "read the details; esc goes back"),
    ("v", "details, history, or payload of what is in focus"),
    ("tab", "from the list to the details"),
    ("y", "copy the ID"),
    ("o", "open the run in Temporal's Web UI"),
    ("f5", "read everything again now"),
    ("@", "act as somebody else of the company's directory"),
    ("ctrl+p", "every command by its name"),
    ("q ctrl+c", "quit; server and workers end after the last console"),
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

    def __init__(self, pane: SystemPane, tabs: int, troubles: Sequence[str]) -> None:
        super().__init__()
        self._pane, self._tabs, self._troubles = pane, tabs, troubles

    def compose(self) -> ComposeResult:
        """Lay the text out."""
        with VerticalScroll(id="help") as frame:
            yield Static(help_text(self._pane, self._tabs, self._troubles))
        frame.border_title = Content(f"Help · {self._pane.system.title}")
        frame.border_subtitle = Content("esc close")


def help_text(pane: SystemPane, tabs: int, troubles: Sequence[str]) -> Content:
    """Return the help of a pane among ``tabs``, below the troubles that the status bar may have shortened."""
    system = pane.system
    actions = [(_key(state.command.key), state.command.title, state.effect or state.why) for state in pane.states()]
    keys = [(binding.key, binding.tooltip) for binding in pane.own_keys]
    keys += [(" ".join(map(str, range(1, tabs + 1))), "another system"), *GENERAL_KEYS]
    stages = [[stage.tone.styled(text) for text in (stage.symbol, stage.label)] for stage in system.stages]
    tones = [(tone.styled(f"{sign} {tone.value}"), meaning) for tone, sign, meaning in TONES]
    return sections(
        section("Now", *map(problem, troubles)),
        section(f"What you can do with this {system.noun} now", grid(actions)),
        section("Keys", grid([(_key(key), meaning) for key, meaning in keys])),
        section("Stages", grid(stages)),
        section("Colours, always with a sign and a word", grid(tones)),
        section(
            "Times", f"all in your local zone, {zone_words(datetime.now(UTC))}; rules of zones: tzdata {RULES_VERSION}"
        ),
    )


def _key(key: str) -> Content:
    return Content.styled(key, "bold $tone-accent")
