"""The help screen: keys of the pane, and meanings of the signs."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static

from console.acting import ActingPane
from console.design.times import in_local_time, zone_words
from console.design.tone import Tone
from console.details.sections import grid, hanging, lines, section, sections
from console.listing.filtering import HELP
from console.pane import SystemPane
from workflows.shared.zones import RULES_VERSION

ShownKey = Callable[[str], str]
BRACES = re.compile(r"\{(\w+)\}")

GENERAL_KEYS = (
    ("↑ ↓ pgup pgdn", "another row"),
    ("← →", "only the stage to the left or the right"),
    ("{filter}", f"filter: {HELP}"),
    ("{filter} where:", "Temporal's list filter, asked of the server with enter; tab completes"),
    ("enter", "read the details; esc goes back"),
    ("{view}", "details, history, or payload of what is in focus"),
    ("{history}", "the whole history: business beside Temporal's events, failures, payloads; compare and export it"),
    ("{operations}", "cancel, terminate, reset, pause or start the run again; says what that does"),
    ("{server}", "the server: task queues with pollers and backlog, workers, our own calls"),
    ("tab", "from the list to the details"),
    ("space *", "mark a row, or all of the list: the next action is for all marked ones"),
    ("V", "begin a range of marks, and end it at another row; shift+↑ ↓ marks row by row"),
    ("{copy}", "copy the ID"),
    ("{web}", "open the run in Temporal's Web UI"),
    ("{inbox}", "the inbox: what waits for a person in all systems, and what is stuck"),
    ("{read}", "read everything again now"),
    ("{journal}", "the journal: what operators did from here, why, and the answers; find, export, undo"),
    ("{act_as}", "act as somebody else of the company's directory"),
    ("{palette}", "every command by its name"),
    ("{command_line}", "the command line: type a command, or a workflow's ID; tab completes, ↑ what was typed before"),
    ("{quit} ctrl+c", "quit; server and workers end after the last console"),
)
TONES = (
    (Tone.WAITING, "◔", "waits for somebody outside"),
    (Tone.MOVING, "◐", "moves by itself"),
    (Tone.DONE, "✔", "done"),
    (Tone.STOPPED, "✖", "stopped"),
    (Tone.HUMAN, "▲", "a human must look"),
)


MIN_COLUMN = 52
"""Cells of a column that stands beside another one."""
GAP = 3


class HelpScreen(ModalScreen[None]):
    """Explains one pane; ``how`` returns what its keys and signs mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", show=False),
    ]

    def __init__(
        self, title: str, pane: ActingPane, how: Callable[[int], Content], server: str, troubles: Sequence[str]
    ) -> None:
        super().__init__()
        self._title, self._pane, self._how = title, pane, how
        self._server, self._troubles = server, troubles
        self._columns = (Static(), Static())

    def compose(self) -> ComposeResult:
        """Lay out the columns."""
        with VerticalScroll(id="help") as frame, Horizontal(id="help-columns"):
            yield from self._columns
        frame.border_title = Content(f"Help · {self._title}")
        frame.border_subtitle = Content("↑ ↓ scroll · esc close")

    @on(Resize)
    def _draw(self) -> None:
        """Fit the width: two columns side by side where there is room, else one."""
        room = self.query_one("#help").scrollable_content_region.width
        beside = room >= 2 * MIN_COLUMN + GAP
        width = (room - GAP) // 2 if beside else room
        what = acting(self._pane, self._server, self._troubles, width)
        how = self._how(width)
        first, second = self._columns
        first.styles.width = width + GAP if beside else width
        first.update(what if beside else sections(what, how))
        second.display = beside
        second.update(how)


def acting(pane: ActingPane, server: str, troubles: Sequence[str], width: int) -> Content:
    """Return what is the matter now, and what may be done."""
    system = pane.system
    actions = [(state.command.key, state.command.title, state.effect or state.why) for state in pane.states()]
    return sections(
        section("Now", *(hanging(Tone.HUMAN.styled("  ▲ "), text, width, Tone.HUMAN.style) for text in troubles)),
        section(f"What you can do with this {system.noun} now", table(actions, width)),
        section("Server", hanging(Content("  "), server, width) if server else ""),
        section("Times", hanging(Content("  "), _times(), width)),
    )


def meanings(pane: SystemPane, tabs: int, shown_key: ShownKey, width: int) -> Content:
    """Return what keys, stages and colours mean."""
    keys = [(shown_key(binding.id or ""), "", binding.tooltip) for binding in pane.own_keys]
    keys += [(" ".join(map(str, range(1, tabs + 1))), "", "another system")]
    keys += explained(GENERAL_KEYS, shown_key)
    stages = [stage.tone.styled(f"{stage.symbol} {stage.label}") for stage in pane.system.stages]
    return sections(
        section("Keys", table(keys, width)),
        section("Stages", _flowing(stages, width)),
        colours(),
    )


def explained(keys: Sequence[tuple[str, str]], shown_key: ShownKey) -> list[tuple[str, str, str]]:
    """Return the rows of keys, of which those in braces are of bindings with that ID."""
    return [(BRACES.sub(lambda found: shown_key(found[1]), key), "", meaning) for key, meaning in keys]


def colours() -> Content:
    """Return what the colours mean."""
    tones = [(tone.styled(f"{sign} {tone.value}"), meaning) for tone, sign, meaning in TONES]
    return section("Colours, always with a sign and a word", grid(tones))


def _times() -> str:
    zone = zone_words(datetime.now(UTC))
    return f"all in your local zone, {zone}; rules of zones: tzdata {RULES_VERSION}"


def table(rows: Sequence[tuple[str, str, str]], width: int) -> Content:
    """Return lines of a key, a name and a text, which is wrapped below itself."""
    keys, names = (max((cell_len(row[column]) for row in rows), default=0) for column in (0, 1))
    made = []
    for key, name, text in rows:
        start = Content.assemble("  ", (key, "bold $tone-accent"), " " * (keys - cell_len(key) + 2))
        if names:
            start = Content.assemble(start, name, " " * (names - cell_len(name) + 2))
        made.append(hanging(start, in_local_time(text), width))
    return lines(*made)


def _flowing(words: Sequence[Content], width: int) -> Content:
    """Return words in columns, as many as fit."""
    cell = max(word.cell_length for word in words) + 3
    count = max((width - 2) // cell, 1)
    rows = [words[start : start + count] for start in range(0, len(words), count)]
    return lines(
        *(Content.assemble("  ", *(word.pad_right(cell - word.cell_length) for word in row)).rstrip() for row in rows)
    )
