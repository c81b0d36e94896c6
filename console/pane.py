"""The tab of one system: its list, the workflow in focus, and its keys."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from console.batch.batch import Batch, why_not_for_many
from console.clipboard import copy_through_tmux, in_tmux
from console.commands.availability import READ_ONLY, ActionState
from console.commands.command import AnyCommand, CommandResult, Target
from console.commands.runner import CommandRun
from console.design.text import plain
from console.details.focus import FocusDetails
from console.gateway.gateway import Gateway
from console.gateway.rows import Row
from console.keys import DIALOG_GROUP
from console.listing.filtering import for_person
from console.listing.row_table import RowTable
from console.listing.system_list import RowsShown, SystemList
from console.notice import Notice
from console.settings import ConsoleSettings
from console.systems.system import ConsoleSystem
from console.web import show_run
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError
from workflows.shared.snapshot import Snapshot

ACT_AS = "@ acts as somebody else"

RESTART_SECONDS = 3.0
"""Time from an unexpected error to the restart of the pollers."""


class SystemPane(Vertical):
    """Shows one system, and runs its commands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="back"),
        Binding("v", "turn", "View", id="view"),
        Binding("o", "open_web", "Web UI", id="web"),
        Binding("y", "copy_id", "Copy ID", id="copy"),
    ]

    def __init__(self, system: ConsoleSystem[Any, Any], gateway: Gateway, settings: ConsoleSettings) -> None:
        super().__init__(id=f"pane-{system.name}", classes="system-pane")
        self.system = system
        self._gateway, self._settings = gateway, settings
        self.details = FocusDetails(system, gateway, settings, self)
        self.listing = SystemList(system, gateway, settings, self.details)
        self.table = self.listing.table
        self.own_keys = _own_keys(system)
        self._bindings = BindingsMap.merge(
            [self._bindings, BindingsMap([*_command_keys(system.commands), *self.own_keys])]
        )

    def compose(self) -> ComposeResult:
        """Lay out the list with the details beside it."""
        yield self.listing

    @property
    def focused_row(self) -> Row | None:
        """The workflow in focus."""
        return self.details.row

    # Reading.

    def activate(self) -> None:
        """Start reading: the tab is turned to."""
        self.run_worker(self.listing.read(), group="rows", exclusive=True, exit_on_error=False)
        self.details.activate()
        self.screen.set_focus(self.table)  # at once: the next key is this tab's

    def deactivate(self) -> None:
        """Stop reading: another tab is turned to. Its line above the footer goes, too."""
        self.workers.cancel_group(self, "rows")
        self.details.deactivate()
        self.post_message(Notice(""))

    def wake(self) -> None:
        """Read everything again now."""
        self.listing.wake()
        self.details.wake()

    def operator_changed(self, before: str) -> None:
        """Show everything as the new operator sees it, who was ``before`` until now."""
        self.listing.operator_changed(before)
        self.details.operator_changed()

    @on(RowTable.Marked)
    def _marked(self) -> None:
        self.refresh_bindings()

    @on(RowTable.CursorMoved)
    @on(RowsShown)
    def _look_at_focus(self) -> None:
        self.details.look_at(self.table.focused_row)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            event.stop()
            text = plain(f"{type(event.worker.error).__name__}: {event.worker.error}")
            self.app.notify(text, title="Unexpected error", severity="error", markup=False)
            if event.worker.group != DIALOG_GROUP:
                self.set_timer(RESTART_SECONDS, self._restart)

    def _restart(self) -> None:
        if self.display:
            self.deactivate()
            self.activate()

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
        """Dim a key whose command is not legal now, and offer the way back where there is one."""
        if action == "back":
            return self._in_details or self.listing.filtered or bool(self.table.marked_rows)
        if action == "act":
            state = self._state(str(parameters[0]))
            return False if state is None else None if self._dimmed(state) else True
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
        client = partial(self._gateway.domain, self.system.client)
        batch = Batch(
            command,
            self.system.noun,
            client,
            rows,
            self.details.read,
            self.details.availability,
            self._aim,
            self._show_one,
        )
        self.run_worker(self._run_batch(batch), group=DIALOG_GROUP, exit_on_error=False)

    async def _run_batch(self, batch: Batch) -> None:
        from console.batch.dialog import BatchDialog  # its widgets are rarely needed

        await self.app.push_screen_wait(BatchDialog(batch))
        if batch.done:
            self.table.unmark(batch.done)
            words = f"{batch.command.verb}: {number_of(len(batch.done), self.system.noun)} done"
            self.post_message(Notice(f"✔ {words}{f', {len(batch.left)} not' if batch.left else ''}"))
        self.wake()

    def _aim(self, row: Row, snapshot: Snapshot[Any], effect: str) -> Target[Any]:
        named = self.system.named(snapshot.view)
        return Target(self._gateway.operator, row.business_id, snapshot.view, named, effect, self._gateway.people)

    def _show_one(self, row: Row, result: CommandResult[Any]) -> None:
        """Show one workflow's answer at once, if the command brought it; the list catches up anyway."""
        if result.snapshot is not None:
            self.details.take(row.key, result.snapshot)
            self.listing.show_answer(row, result.snapshot.row)

    def _refuse(self, state: ActionState) -> None:
        row = self.focused_row
        on_row = f" {row.business_id}" if row and not state.command.creates else ""
        instead = f"; {ACT_AS}" if state.personal else ""
        self.post_message(Notice(f"{state.command.verb}{on_row}: not possible, {state.why}{instead}", refused=True))

    async def _run(self, state: ActionState, row: Row | None, snapshot: Snapshot[Any] | None) -> None:
        """Run a command on ``row``, None for a creation. ``snapshot`` is the row's answer, if there is one."""
        operator, people = self._gateway.operator, self._gateway.people
        target: Target[Any] = Target(operator, "", None, people=people)
        if row is not None:
            if snapshot is None:
                snapshot = await self._first_answer(state.command, row)
                if snapshot is None:
                    return
                state = self.details.availability(state.command, row, snapshot.actions)
            if not state.allowed:
                self._refuse(state)
                return
            target = self._aim(row, snapshot, state.effect)
        show, sending = partial(self._show_result, row), partial(self.details.reading_held, row)
        run = CommandRun(self, self._gateway, self.system.client, state.command, target, show, sending)
        with suppress(CallError):  # its receipt is on the screen
            await run.start()

    async def _first_answer(self, command: AnyCommand, row: Row) -> Snapshot[Any] | None:
        words = f"{command.verb} {row.business_id}: reading … "
        self.post_message(Notice(f"{words}no answer yet"))
        try:
            snapshot = await self.details.read(row)
        except CallError as error:
            self.post_message(Notice(f"{words}{error}", refused=True))
            return None
        self.post_message(Notice(""))
        return snapshot

    async def _show_result(self, row: Row | None, result: CommandResult[Any] | None) -> None:
        """Show a workflow as it is after a command: by the command's own answer, or by one query."""
        if row is None:
            if result is not None:
                self.listing.select_when_listed(result.started)
            return
        with suppress(CallError):  # the next read shows it
            snapshot = (result and result.snapshot) or await self.details.query_now(row)
            self.details.take(row.key, snapshot)
            after = self.listing.show_answer(row, snapshot.row)
            if self._waits(row) and not self._waits(after) and self.table.focused_id == row.key.workflow_id:
                self.table.select_next(self._waits)

    def _waits(self, row: Row) -> bool:
        """Return whether a decision of the operator is awaited: of this person, or of anyone."""
        return row.waits_for(self._gateway.operator) or (row.attention is not None and not row.closed)

    # The other keys.

    @property
    def _in_details(self) -> bool:
        return self.details.has_focus or self.has_class("-details")

    @on(RowTable.Chosen)
    def _open_details(self) -> None:
        self.add_class("-details")
        self.details.draw()
        self.details.focus()
        self.refresh_bindings()

    def action_back(self) -> None:
        """Go back one step: from the details to the list, from a filter to all."""
        if self._in_details:
            self.remove_class("-details")
            self.table.focus()
        elif self.table.marked_rows:
            self.table.unmark()
        else:
            self.listing.clear_filter()

    def action_turn(self) -> None:
        """Show the next view of the workflow in focus."""
        self.details.turn(self.details.view.next)

    def action_open_web(self) -> None:
        """Open the run in Temporal's Web UI."""
        if self.focused_row is not None:
            self.post_message(Notice(show_run(self._gateway.state.server, self.focused_row.key)))

    def action_copy_id(self) -> None:
        """Copy the ID to the clipboard."""
        if self.focused_row is not None:
            business_id = self.focused_row.business_id
            self.app.copy_to_clipboard(business_id)
            if in_tmux():
                self.run_worker(self._copy_through_tmux(business_id), group="copy", exit_on_error=False)
            else:
                self.post_message(Notice(f"copied {plain(business_id)}"))

    async def _copy_through_tmux(self, business_id: str) -> None:
        self.post_message(Notice(f"copied {plain(business_id)} {await copy_through_tmux(business_id)}"))

    def action_for_you(self) -> None:
        """Show only what waits for the operator, or all again."""
        self.listing.toggle_filter(for_person(self._gateway.operator))

    def action_open_screen(self, name: str) -> None:
        """Open one of the system's own screens about the row in focus."""
        screen = next(screen for screen in self.system.screens if screen.name == name)
        if self.focused_row is None:
            self.post_message(Notice(f"{name}: there is no {self.system.noun} to look into", refused=True))
        else:
            self.app.push_screen(screen.open(self._gateway, self._settings, self.focused_row))


def _command_keys(commands: Sequence[AnyCommand]) -> list[Binding]:
    first: dict[str, AnyCommand] = {}
    for command in commands:
        first.setdefault(command.key, command)
    return [Binding(key, f"act('{key}')", command.label, id=f"act.{command.name}") for key, command in first.items()]


def _own_keys(system: ConsoleSystem[Any, Any]) -> list[Binding]:
    """Return the system's keys that change nothing."""
    keys = [
        Binding(screen.key, f"open_screen('{screen.name}')", screen.label, id=screen.name, tooltip=screen.tooltip)
        for screen in system.screens
    ]
    if system.for_people:
        words = "only what waits for you, or all again"
        keys.append(Binding("f", "for_you", "For you", id="for_you", tooltip=words))
    return keys
