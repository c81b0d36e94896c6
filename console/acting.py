"""A pane with a list and the workflow in focus, and the keys that act on both."""

from collections.abc import Awaitable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from console.batch.batch import Batch, why_not_for_many
from console.clipboard import copy_through_tmux, in_tmux
from console.commands.availability import ActionState
from console.commands.basis import Basis, basis_of
from console.commands.command import AnyCommand, CommandResult, Target
from console.commands.runner import CommandRun
from console.customer.messages import OpenPerson
from console.customer.whose import has_person, person_of
from console.design.text import plain
from console.details.focus import FocusDetails
from console.gateway.gateway import Gateway
from console.gateway.read_only import READ_ONLY
from console.gateway.rows import Row, RowKey
from console.keys import DIALOG_GROUP
from console.listing.row_table import RowTable
from console.notice import Notice
from console.systems.system import ConsoleSystem
from console.web import show_run
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError
from workflows.shared.snapshot import Snapshot
from workflows.shared.summary import Summary

ACT_AS = "@ acts as somebody else"

LAG_SECONDS = 0.5
"""What was done to a run shows in the server's list after less than this, mostly."""

RESTART_SECONDS = 3.0
"""Time from an unexpected error to the restart of the pollers."""


class ActingPane(Vertical):
    """Runs the commands of a system on the rows of ``table``; ``details`` are those of the row in focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="back"),
        Binding("v", "turn", "View", id="view"),
        Binding("h", "open_history", "History", id="history"),
        Binding("o", "open_web", "Web UI", id="web"),
        Binding("y", "copy_id", "Copy ID", id="copy"),
        Binding("O", "operations", "Operations", id="operations", show=False),
        Binding("W", "server", "Server", id="server", show=False),
    ]
    system: ConsoleSystem[Any, Any]
    tab: ConsoleSystem[Any, Any]
    """The system in whose tab ``system`` is shown."""
    details: FocusDetails
    table: RowTable

    def __init__(self, gateway: Gateway, settings: ConsoleSettings, name: str) -> None:
        super().__init__(id=f"pane-{name}", classes="system-pane")
        self._gateway, self._settings = gateway, settings

    @property
    def focused_row(self) -> Row | None:
        """The workflow in focus."""
        return self.details.row

    def activate(self) -> None:
        """Start reading: the pane is turned to."""
        raise NotImplementedError

    def deactivate(self) -> None:
        """Stop reading: another pane is turned to."""
        raise NotImplementedError

    def wake(self) -> None:
        """Read everything again now."""
        raise NotImplementedError

    def restart(self) -> None:
        """Start the pollers again after an unexpected error, if the pane is shown."""
        if self.display:
            self.deactivate()
            self.activate()

    def show_answer(self, row: Row, summary: Summary) -> Row:
        """Show a workflow's own answer in the list at once; return the row as it is now."""
        raise NotImplementedError

    def created(self, workflow_id: str) -> None:
        """Show what a command has started."""

    @on(RowTable.Marked)
    def _marked(self) -> None:
        self.refresh_bindings()

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            event.stop()
            text = plain(f"{type(event.worker.error).__name__}: {event.worker.error}")
            self.app.notify(text, title="Unexpected error", severity="error", markup=False)
            if event.worker.group != DIALOG_GROUP:
                self.set_timer(RESTART_SECONDS, self.restart)

    # Commands.

    def states(self) -> Sequence[ActionState]:
        """Return what each key of a command may do now."""
        return self.details.states()

    def _state(self, key: str) -> ActionState | None:
        return next((state for state in self.states() if state.command.key == key), None)

    def word_for(self, key: str) -> str | None:
        """Return the footer's word for a key, None for the binding's own."""
        state = self._state(key)
        return state.command.label if state is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim a key whose command is not legal now."""
        if action == "act":
            state = self._state(str(parameters[0]))
            return False if state is None else None if self._dimmed(state) else True
        if action == "open_person":
            return has_person(self.system, self.tab)
        return super().check_action(action, parameters)

    def _dimmed(self, state: ActionState) -> bool:
        """Return whether a command can do nothing now. What it may do to each marked row shows in its dialog."""
        if self.table.marked_rows and not state.command.creates:
            return self._settings.read_only or bool(why_not_for_many(state.command, self.system.noun))
        return state.allowed is False

    def on_key(self, event: Key) -> None:
        """Say why a dimmed key does nothing: Textual runs no action for it."""
        if isinstance(self.app.focused, Input):
            return
        state = self._state(event.key)
        if state is not None and self._dimmed(state):
            event.stop()
            self.action_act(event.key)

    def action_act(self, key: str) -> None:
        """Run the command of ``key`` on the row in focus now, or say why not."""
        state = self._state(key)
        if state is None:
            return
        self.post_message(Notice(""))
        marked = [] if state.command.creates else self.table.marked_rows
        if marked:
            self._act_on_all(state.command, marked)
        elif state.allowed is False:
            self._refuse(state)
        else:
            run = self._run(state, None if state.command.creates else self.focused_row, self.details.snapshot)
            self.run_worker(run, group=DIALOG_GROUP, exit_on_error=False)

    def _act_on_all(self, command: AnyCommand, rows: Sequence[Row]) -> None:
        why = READ_ONLY if self._settings.read_only else why_not_for_many(command, self.system.noun)
        if why:
            self.post_message(Notice(f"{command.verb}: not possible for all at once, {why}", refused=True))
            return
        details, system = self.details, self.system
        client = partial(self._gateway.domain, system.client)
        look, show = partial(self._look, system, details, command), partial(self._show_one, details)
        from console.journal.recorder import Recorder

        recorder = Recorder(self._gateway, system.client)
        batch = Batch(command, system.noun, client, recorder, rows, look, show)
        self.run_worker(self._run_batch(batch), group=DIALOG_GROUP, exit_on_error=False)

    async def _run_batch(self, batch: Batch) -> None:
        from console.batch.dialog import BatchDialog  # its widgets are rarely needed

        await self.app.push_screen_wait(BatchDialog(batch))
        if batch.done:
            self.table.unmark(batch.done)
            words = f"{batch.command.verb}: {number_of(len(batch.done), batch.noun)} done"
            self.post_message(Notice(f"✔ {words}{f', {len(batch.left)} not' if batch.left else ''}"))
        self.wake()

    def shell_commands(self) -> list[tuple[str, str]]:
        """Return what may be done to the row in focus as names and commands of Temporal's own tool."""
        from console.commands.shell import message_command

        row, snapshot, found = self.focused_row, self.details.snapshot, list[tuple[str, str]]()
        if row is None or snapshot is None:
            return found
        for state in self.states():
            if state.allowed:
                target = self._aim(self.system, row, snapshot, state.effect)
                text = message_command(self._gateway.state.server, state.command, row.key.workflow_id, target)
                if text is not None:
                    found.append((f"{state.command.title} {row.business_id}", text))
        return found

    def _aim(self, system: ConsoleSystem[Any, Any], row: Row, snapshot: Snapshot[Any], effect: str) -> Target[Any]:
        named = system.named(snapshot.view)
        return Target(self._gateway.operator, row.business_id, snapshot.view, named, effect, self._gateway.people)

    def _basis(
        self, system: ConsoleSystem[Any, Any], details: FocusDetails, command: AnyCommand, row: Row, seen: Snapshot[Any]
    ) -> Basis:
        state = details.availability(command, row, seen.actions)
        return basis_of(system, seen, state, self._aim(system, row, seen, state.effect))

    async def _look(
        self, system: ConsoleSystem[Any, Any], details: FocusDetails, command: AnyCommand, row: Row
    ) -> Basis:
        """Return what a decision on a row rests on now: the latest run takes it. Raises ``CallError``."""
        return self._basis(system, details, command, row, await details.query_now(row, latest=True))

    def _show_one(self, details: FocusDetails, row: Row, result: CommandResult[Any]) -> None:
        """Show one workflow's answer at once, if the command brought it; the list catches up anyway."""
        if result.snapshot is not None:
            details.take(row.key, result.snapshot)
            self.show_answer(row, result.snapshot.row)

    def _refuse(self, state: ActionState) -> None:
        row = self.focused_row
        on_row = f" {row.business_id}" if row and not state.command.creates else ""
        instead = f"; {ACT_AS}" if state.personal else ""
        self.post_message(Notice(f"{state.command.verb}{on_row}: not possible, {state.why}{instead}", refused=True))

    async def _run(self, state: ActionState, row: Row | None, snapshot: Snapshot[Any] | None) -> None:
        """Run a command on ``row``, None for a creation. ``snapshot`` is the row's answer, if there is one."""
        operator, people = self._gateway.operator, self._gateway.people
        details, system = self.details, self.system  # of the row: another one may be in focus when it is answered
        basis, look = Basis(Target(operator, "", None, people=people), state), None
        if row is not None:
            if snapshot is None:
                snapshot = await self._first_answer(details, state.command, row)
                if snapshot is None:
                    return
                state = details.availability(state.command, row, snapshot.actions)
            if not state.allowed:
                self._refuse(state)
                return
            basis = self._basis(system, details, state.command, row, snapshot)
            look = partial(self._look, system, details, state.command, row)
        show, sending = partial(self._show_result, details, row), partial(details.reading_held, row)
        run = CommandRun(self, self._gateway, system.client, state.command, basis, show, look, sending, system.commands)
        with suppress(CallError):  # its receipt is on the screen
            await run.start()

    async def _first_answer(self, details: FocusDetails, command: AnyCommand, row: Row) -> Snapshot[Any] | None:
        words = f"{command.verb} {row.business_id}: reading … "
        self.post_message(Notice(f"{words}no answer yet"))
        try:
            snapshot = await details.read(row)
        except CallError as error:
            self.post_message(Notice(f"{words}{error}", refused=True))
            return None
        self.post_message(Notice(""))
        return snapshot

    async def _show_result(
        self, details: FocusDetails, row: Row | None, result: CommandResult[Any] | None
    ) -> Snapshot[Any] | None:
        """Show a workflow as it is after a command: by the command's own answer, or by one query, and return it."""
        if row is None:
            if result is not None:
                self.created(result.started)
            return None
        try:
            snapshot = (result and result.snapshot) or await details.query_now(row)
        except CallError:
            return None  # the next read shows it
        details.take(row.key, snapshot)
        after = self.show_answer(row, snapshot.row)
        if self.waits(row) and not self.waits(after) and self.table.focused_id == row.key.workflow_id:
            self.table.select_next(self.waits)
        return snapshot

    def waits(self, row: Row) -> bool:
        """Return whether a decision of the operator is awaited: of this person, or of anyone."""
        return row.waits_for(self._gateway.operator) or (row.attention is not None and not row.closed)

    # The other keys.

    def action_turn(self) -> None:
        """Show the next view of the workflow in focus."""
        self.details.turn(self.details.view.next)

    def action_open_history(self) -> None:
        """Open the history of the run in focus."""
        from console.history.screen import HistoryScreen  # it takes as long to import as a tab to open

        if self.focused_row is None:
            self.post_message(Notice("history: no row is in focus", refused=True))
            return
        systems = [pane.system for pane in self.screen.query(ActingPane)]
        marked = [row.key for row in self.table.marked_rows]
        self.app.push_screen(HistoryScreen(self._gateway, self._settings, self.focused_row.key, systems, marked))

    def action_operations(self) -> None:
        """Offer Temporal's own operations on the run in focus: cancel, terminate, reset, pause, start again."""
        if (row := self.focused_row) is None:
            self.post_message(Notice("operations: no row is in focus", refused=True))
        else:
            self.run_worker(self._operate(self.system, row.key), group=DIALOG_GROUP, exit_on_error=False)

    async def _operate(self, system: ConsoleSystem[Any, Any], key: RowKey) -> None:
        from console.operations.runner import operate

        try:
            await operate(self, self._gateway, system, key, self.wake_twice)
        except CallError as error:
            self.post_message(Notice(f"operations on {key.workflow_id}: {error}", refused=True))

    def action_server(self) -> None:
        """Show server, task queues and workers, and the console's own calls."""
        from console.server.screen import ServerScreen  # rarely needed

        self.app.push_screen(ServerScreen(self._gateway, [pane.system for pane in self.screen.query(ActingPane)]))

    def wake_twice(self) -> None:
        """Read everything again now, and once more as soon as the server's list has caught up."""
        self.wake()
        self.set_timer(LAG_SECONDS, self.wake)

    def action_open_person(self) -> None:
        """Show everything of the person whose the workflow in focus is."""
        if self.focused_row is None:
            self.post_message(Notice("one person: no row is in focus", refused=True))
        elif self.system.person is not None and self.focused_row.owner:
            self.post_message(OpenPerson(self.focused_row.owner))
        else:
            find = person_of(self._gateway, self.system, self.tab, self.focused_row)
            self.run_worker(self._find_person(find), group="person", exclusive=True, exit_on_error=False)

    async def _find_person(self, find: Awaitable[str]) -> None:
        try:
            self.post_message(OpenPerson(await find))
        except CallError as error:
            self.post_message(Notice(f"one person: {error}", refused=True))

    def action_open_web(self) -> None:
        """Open the run in Temporal's Web UI."""
        if self.focused_row is not None:
            self.run_worker(self._open_web(self.focused_row.key), group="web", exit_on_error=False)

    async def _open_web(self, key: RowKey) -> None:
        self.post_message(Notice(await show_run(self.app, self._gateway.state.server, key)))

    def action_copy_id(self) -> None:
        """Copy the ID to the clipboard."""
        if self.focused_row is not None:
            self.copy_text(self.focused_row.business_id)

    def copy_text(self, text: str) -> None:
        """Copy ``text`` to the clipboard, and say how far it got."""
        self.app.copy_to_clipboard(text)
        if in_tmux():
            self.run_worker(self._copy_through_tmux(text), group="copy", exit_on_error=False)
        else:
            self.post_message(Notice(f"copied {plain(text)}"))

    async def _copy_through_tmux(self, text: str) -> None:
        self.post_message(Notice(f"copied {plain(text)} {await copy_through_tmux(text)}"))


def command_keys(commands: Sequence[AnyCommand]) -> list[Binding]:
    """Return one binding for each key of the commands."""
    first: dict[str, AnyCommand] = {}
    for command in commands:
        first.setdefault(command.key, command)
    return [Binding(key, f"act('{key}')", command.label, id=f"act.{command.name}") for key, command in first.items()]
