"""The screen with the journal: found, exported, and the way back to each item."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from console.commands.availability import ActionState
from console.commands.basis import Basis, basis_of
from console.commands.command import CommandResult, Target
from console.commands.runner import CommandRun
from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import hanging, problem
from console.exports import EXPORTS
from console.gateway.gateway import Gateway
from console.gateway.read_only import READ_ONLY
from console.inbox.messages import OpenItem
from console.journal.book import JournalError, Question
from console.journal.drawing import details, line
from console.journal.entry import Entry
from console.journal.files import to_csv, to_json_lines
from console.journal.recorder import server_of
from console.journal.undo import Undo, undo_of, why_not_asked
from console.keys import DIALOG_GROUP
from console.private_file import write_private
from console.systems.system import ConsoleSystem
from console.widgets.excerpt import Excerpt
from console.widgets.line_input import LineInput
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.actions import Viewer
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError

SHOWN = 1_000
"""Entries that the list shows; an export has all."""

SETTLE_SECONDS = 0.2
"""The cursor rests on an entry this long before its workflow is asked what takes it back."""

KEYS = "enter go to it · / find · u undo · x export (JSON Lines) · c CSV · esc back"

NONE = "Nothing was done from this data folder yet."
NONE_FOUND = "Nothing was found; esc shows all."


class JournalScreen(ModalScreen[None]):
    """Lists what was done, newest first."""

    DEFAULT_CSS = """
    JournalScreen {
        #journal {
            height: 1fr; margin: 1 0 0 0; background: $surface; border: round $accent 70%;
            border-title-color: $text-accent; border-subtitle-color: $text-muted;
        }
        #journal-find { margin: 0 1; padding: 0 1; background: $field; }
        #journal-find:focus { background: $field-focus; }
        #journal-list {
            height: 1fr; border: none; background: transparent; padding: 0;
            text-wrap: nowrap; text-overflow: ellipsis; scrollbar-gutter: stable;
        }
        #journal-entry { height: auto; max-height: 45%; padding: 0 1; border-top: solid $border; }
        #journal-said { height: auto; max-height: 4; padding: 0 1; color: $text-muted; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        Binding("slash", "find", "Find", show=False),
        Binding("u", "undo", "Undo", show=False),
        Binding("x", "export('jsonl')", "Export", show=False),
        Binding("c", "export('csv')", "Export as CSV", show=False),
        Binding("f5", "read", "Read again", show=False),
    ]

    def __init__(self, gateway: Gateway, settings: ConsoleSettings, systems: Sequence[ConsoleSystem[Any, Any]]) -> None:
        super().__init__()
        self._gateway, self._settings = gateway, settings
        self._systems = systems
        self._folder: Path = settings.data_dir / EXPORTS
        self._entries: Sequence[Entry] = ()
        self._undos: dict[int, Undo] = {}
        self._settling: Timer | None = None
        self._body = Static()

    def compose(self) -> ComposeResult:
        """Lay out the line to find with, the list, and the entry in focus."""
        with Vertical(id="journal") as place:
            yield LineInput(placeholder="/ words of any field", id="journal-find", compact=True)
            yield OptionList(id="journal-list", markup=False)
            with VerticalScroll(id="journal-entry", can_focus=False):
                yield self._body
        yield Excerpt(Content(KEYS), id="journal-said")
        place.border_title = Content("Journal")

    def on_mount(self) -> None:
        """Read it."""
        self._list.focus()
        self.action_read()

    @property
    def _list(self) -> OptionList:
        return self.query_one("#journal-list", OptionList)

    @property
    def _finding(self) -> Input:
        return self.query_one("#journal-find", Input)

    @property
    def _focused(self) -> Entry | None:
        index = self._list.highlighted
        return self._entries[index] if index is not None and index < len(self._entries) else None

    # Reading.

    @on(Input.Changed, "#journal-find")
    def action_read(self) -> None:
        """Read the journal."""
        self.run_worker(self._read(), group="journal", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        question = Question(self._finding.value, limit=SHOWN)
        try:
            entries = await asyncio.to_thread(self._gateway.journal.read, question)
        except JournalError as error:
            self._say(problem(str(error)))
            return
        before = self._focused
        self._entries, self._undos = entries, {}
        self._draw()
        kept = [index for index, entry in enumerate(entries) if before and entry.number == before.number]
        self._list.highlighted = next(iter(kept), 0) if entries else None
        self._show_entry()

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        now, at = datetime.now(UTC), self._list.highlighted
        width = max(self._list.scrollable_content_region.width, 1)
        self._list.set_options([Option(line(entry, now, width)) for entry in self._entries])
        self._list.highlighted = at if at is not None and at < len(self._entries) else None
        place = self.query_one("#journal")
        count = number_of(len(self._entries), "action")
        found = f" with {plain(self._finding.value, limit=30)!r}" if self._finding.value.strip() else ""
        whole = "" if len(self._entries) < SHOWN else "the latest "
        place.border_subtitle = Content(f"{whole}{count}{found} · newest first")
        self._show_entry()

    @on(OptionList.OptionHighlighted)
    def _show_entry(self) -> None:
        entry = self._focused
        if entry is None:
            self._body.update(Tone.MUTED.styled(NONE_FOUND if self._finding.value.strip() else NONE))
            return
        width = max(self.query_one("#journal-entry").scrollable_content_region.width, 20)
        self._body.update(details(entry, datetime.now(UTC), width, self._undo_words(entry, width)))
        if entry.number not in self._undos:
            if self._settling is not None:
                self._settling.stop()
            self._settling = self.set_timer(SETTLE_SECONDS, partial(self._settled, entry))

    def _settled(self, entry: Entry) -> None:
        self.run_worker(self._ask(entry), group="undo", exclusive=True, exit_on_error=False)

    # Undo.

    def _undo_words(self, entry: Entry, width: int) -> Content:
        undo = self._undos.get(entry.number)
        if undo is None:
            return Content.styled("  undo    …", Tone.MUTED.style)
        if undo.command is None:
            return hanging(Content("  undo    "), undo.why_not, width, Tone.MUTED.style).stylize(Tone.MUTED.style)
        start = Content.assemble(("  u       ", "bold $tone-accent"), (undo.command.title, "bold"), "  ")
        return hanging(start, undo.effect, width)

    async def _ask(self, entry: Entry) -> None:
        """Ask the workflow whether it offers to take an action back."""
        newer = [each for each in self._entries if each.number > entry.number]
        read_only = READ_ONLY if self._settings.read_only else ""
        why = why_not_asked(entry, newer, self._gateway.operator, read_only=read_only) or self._elsewhere(entry)
        system = self._system_of(entry)
        if why or system is None:
            undo = Undo(why_not=why or f"this console has no tab for a {entry.noun}")
        else:
            viewer = Viewer(person=self._gateway.operator)
            try:
                actions = await self._gateway.domain(system.client).get_actions(entry.workflow_id, viewer)
            except CallError as error:
                undo = Undo(why_not=str(error))
            else:
                undo = undo_of(entry.action, actions, system.commands)
        self._undos[entry.number] = undo
        if self._focused == entry:
            self._show_entry()

    def _system_of(self, entry: Entry) -> ConsoleSystem[Any, Any] | None:
        return next((system for system in self._systems if system.client.noun == entry.noun), None)

    def _elsewhere(self, entry: Entry) -> str:
        """Return why its item is not here, if it was done on another server."""
        server = self._gateway.state.server
        here = (server_of(server), server.namespace) == (entry.server, entry.namespace)
        return "" if here else f"it was done on {entry.server} · {entry.namespace}"

    def action_undo(self) -> None:
        """Take the action in focus back, if its workflow offers that."""
        entry = self._focused
        undo = self._undos.get(entry.number) if entry else None
        system = self._system_of(entry) if entry else None
        if entry is None or undo is None or undo.command is None or system is None:
            self._say(problem(f"undo: {undo.why_not if undo else 'nobody has answered yet'}"))
            return
        self.run_worker(self._run(entry, system), group=DIALOG_GROUP, exit_on_error=False)

    async def _run(self, entry: Entry, system: ConsoleSystem[Any, Any]) -> None:
        """Ask the workflow again, since time has passed, then the operator."""
        try:
            undo, basis = await self._offered(entry, system)
            if undo.command is None:
                self._say(problem(f"undo: {undo.why_not}"))
            else:
                answered, look = partial(self._undone, entry), partial(self._look, entry, system)
                await CommandRun(self, self._gateway, system.client, undo.command, basis, answered, look).start()
        except CallError as error:
            self._say(problem(f"undo {plain(entry.target)}: {error}"))
        self.action_read()

    async def _offered(self, entry: Entry, system: ConsoleSystem[Any, Any]) -> tuple[Undo, Basis]:
        client, operator = self._gateway.domain(system.client), self._gateway.operator
        snapshot = await client.get_snapshot(entry.workflow_id, system.view, Viewer(person=operator))
        undo = undo_of(entry.action, snapshot.actions, system.commands)
        target: Target[Any] = Target(operator, entry.target, snapshot.view, system.named(snapshot.view), undo.effect)
        command = undo.command or system.commands[0]
        state = ActionState(command, allowed=undo.command is not None, why=undo.why_not, effect=undo.effect)
        return undo, basis_of(system, snapshot, state, target)

    async def _look(self, entry: Entry, system: ConsoleSystem[Any, Any]) -> Basis:
        return (await self._offered(entry, system))[1]

    async def _undone(self, entry: Entry, result: CommandResult[Any] | None) -> None:
        if result is not None:
            self._say(Tone.DONE.styled(f"✔ {plain(entry.target)}: {plain(result.text)}"))

    # The other keys.

    @on(OptionList.OptionSelected)
    def _go(self) -> None:
        """Go to the item of the action."""
        entry = self._focused
        if entry is None:
            return
        system = self._system_of(entry)
        why = self._elsewhere(entry) or ("" if system else f"this console has no tab for a {entry.noun}")
        if why or system is None:
            self._say(problem(f"{plain(entry.target)}: {why}"))
        else:
            self.dismiss()
            self.app.post_message(OpenItem(system.name, entry.target))

    @on(Input.Submitted, "#journal-find")
    def _found(self) -> None:
        self._list.focus()

    def action_find(self) -> None:
        """Type words to find."""
        self._finding.focus()

    def action_leave(self) -> None:
        """Go back from the words to all entries, and from the list to the tab."""
        if self._finding.has_focus or self._finding.value:
            self._finding.value = ""
            self._list.focus()
        else:
            self.dismiss()

    async def action_export(self, kind: str) -> None:
        """Write all entries that are found to a file, and say where it is."""
        question = Question(self._finding.value)
        path = self._folder / f"journal-{datetime.now().astimezone():%Y%m%d-%H%M%S}.{kind}"
        try:
            count = await asyncio.to_thread(self._write, question, path, kind)
        except JournalError as error:
            self._say(problem(str(error)))
        except OSError as error:
            self._say(problem(f"{path} cannot be written: {error.strerror or error}"))
        else:
            self._say(Tone.DONE.styled(plain(f"✔ {number_of(count, 'action')} in {path}")))

    def _write(self, question: Question, path: Path, kind: str) -> int:
        entries = self._gateway.journal.read(question)
        write_private(path, to_csv(entries) if kind == "csv" else "".join(f"{one}\n" for one in to_json_lines(entries)))
        return len(entries)

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._say(problem(f"unexpected error: {event.worker.error}"))

    def _say(self, content: Content) -> None:
        self.query_one("#journal-said", Static).update(content)
