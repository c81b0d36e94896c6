"""The tab of one system: its list, the workflow in focus, and its keys."""

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap

from console.acting import ActingPane, command_keys
from console.details.focus import FocusDetails
from console.gateway.gateway import Gateway
from console.gateway.rows import Row
from console.listing.filtering import for_person
from console.listing.row_table import RowTable
from console.listing.system_list import RowsShown, SystemList
from console.notice import Notice
from console.systems.system import ConsoleSystem
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.summary import Summary


class SystemPane(ActingPane):
    """Shows one system, and runs its commands."""

    def __init__(self, system: ConsoleSystem[Any, Any], gateway: Gateway, settings: ConsoleSettings) -> None:
        super().__init__(gateway, settings, system.name)
        self.system = system
        self.details = FocusDetails(system, gateway, settings, self)
        self.listing = SystemList(system, gateway, settings, self.details)
        self.table = self.listing.table
        self.own_keys = _own_keys(system)
        self._bindings = BindingsMap.merge(
            [self._bindings, BindingsMap([*command_keys(system.commands), *self.own_keys])]
        )

    def compose(self) -> ComposeResult:
        """Lay out the list with the details beside it."""
        yield self.listing

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

    @on(RowTable.CursorMoved)
    @on(RowsShown)
    def _look_at_focus(self) -> None:
        self.details.look_at(self.table.focused_row)

    def show_answer(self, row: Row, summary: Summary) -> Row:
        """Show a workflow's own answer in the list at once; return the row as it is now."""
        return self.listing.show_answer(row, summary)

    def created(self, workflow_id: str) -> None:
        """Put the cursor on what a command has started as soon as the list has it."""
        self.listing.select_when_listed(workflow_id)

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back where there is one."""
        if action == "back":
            return self._in_details or self.listing.filtered or bool(self.table.marked_rows)
        return super().check_action(action, parameters)

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
