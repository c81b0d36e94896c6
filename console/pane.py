"""The tab of one system: its list, the workflow in focus, and its keys."""

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.message import Message

from console.acting import ActingPane, command_keys
from console.details.detail_view import DetailView
from console.details.focus import FocusDetails
from console.gateway.gateway import Gateway
from console.gateway.rows import Row
from console.inbox.messages import OpenItem
from console.keys import DIALOG_GROUP
from console.list_keys import list_title, own_keys
from console.listing.filtering import for_owner, for_person
from console.listing.row_table import RowTable
from console.listing.system_list import RowsShown, SystemList
from console.notice import Notice
from console.systems.system import ConsoleSystem, lists_of
from console.views.file import ViewFile
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.counts import number_of
from workflows.shared.summary import Summary

LIST_KEYS = ("views", "export", "arrange", "oldest", "mark_matching", "copy_command")
"""IDs of the keys about the list as a whole."""


class OpenList(Message):
    """Show the list of a type of workflow; where ``owner`` is given, what belongs to it alone."""

    def __init__(self, name: str, owner: str = "") -> None:
        super().__init__()
        self.name, self.owner = name, owner


class SystemPane(ActingPane):
    """Shows one system, and runs its commands; or another list of the ``tab`` of a system, such as its payments."""

    def __init__(
        self,
        system: ConsoleSystem[Any, Any],
        gateway: Gateway,
        settings: ConsoleSettings,
        tab: ConsoleSystem[Any, Any] | None = None,
    ) -> None:
        super().__init__(gateway, settings, system.name)
        self.system, self.tab = system, tab or system
        self.details = FocusDetails(system, gateway, settings, self)
        self.listing = SystemList(system, gateway, settings, self.details, list_title(system, self.tab))
        self.table = self.listing.table
        self._jumped_to = ""
        self.own_keys = own_keys(system, self.tab)
        self.list_keys = [key for key in self.own_keys if key.id in LIST_KEYS]
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
            marking = bool(self.table.marked_rows) or self.table.range_start is not None
            return self._in_details or self.listing.filtered or marking or self.system is not self.tab
        return super().check_action(action, parameters)

    @property
    def _in_details(self) -> bool:
        return self.details.has_focus or self.has_class("-details")

    @on(RowTable.Chosen)
    def _chosen(self) -> None:
        """Open the details; where they show already beside what belongs to an item, go to that item."""
        if self.system is not self.tab and self.details.display and self.details.region:
            self.action_open_linked()
        else:
            self._open_details()

    @on(DetailView.Chosen)
    def action_open_linked(self) -> None:
        """Go from an item to what belongs to it, and from there to the item."""
        row = self.focused_row
        self.remove_class("-details")
        if row is None:
            self.post_message(Notice(f"there is no {self.system.noun} in focus", refused=True))
        elif self.system.belongs_to is not None:
            self.post_message(OpenItem(self.tab.name, self.system.belongs_to(row)))
        elif linked := lists_of(self.tab)[1:]:
            self.post_message(OpenList(linked[0].name, row.business_id))

    def show_of(self, owner: str) -> None:
        """Show only what belongs to an item; esc goes back to it."""
        self._jumped_to = for_owner(owner)
        self.listing.show_filter(self._jumped_to)

    def action_show_list(self, name: str) -> None:
        """Show another list of the tab; the list that is shown goes back to the tab's own."""
        self.post_message(OpenList(self.tab.name if name == self.system.name else name))

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
        elif self.table.marked_rows or self.table.range_start is not None:
            self.table.unmark()
        elif self.system is not self.tab and self.listing.filter_text in {"", self._jumped_to}:
            self._jumped_to = ""
            self.listing.clear_filter()
            self.post_message(OpenList(self.tab.name))
        else:
            self.listing.clear_filter()

    def action_for_you(self) -> None:
        """Show only what waits for the operator, or all again."""
        self.listing.toggle_filter(for_person(self._gateway.operator))

    async def action_export(self) -> None:
        """Write the rows of the list to a file."""
        self.run_worker(self._export(), group=DIALOG_GROUP, exit_on_error=False)

    async def _export(self) -> None:
        from console.export.dialog import ExportDialog

        dialog = ExportDialog(self._gateway, self.listing.export_source(), self._settings.data_dir)
        await self.app.push_screen_wait(dialog)
        if dialog.path is not None:
            self.post_message(Notice(f"✔ {number_of(dialog.written, self.system.noun)} in {dialog.path}"))

    def action_oldest(self) -> None:
        """Show the oldest first, or the newest again."""
        arrangement = self.listing.arrangement
        changes = {"oldest_first": not arrangement.oldest_first, "sort": "", "descending": False}
        self.listing.rearrange(arrangement.model_copy(update=changes))

    def action_arrange(self) -> None:
        """Choose columns, and a column to sort by."""
        from console.listing.arrange_screen import ArrangeScreen

        self.app.push_screen(ArrangeScreen(self.system.columns, self.listing.arrangement, self.listing.rearrange))

    @property
    def views(self) -> ViewFile:
        """The saved views of the list."""
        return ViewFile(self._settings.data_dir, self.system.name)

    def action_views(self) -> None:
        """Choose a saved view, or save what is shown."""
        self.run_worker(self._choose_view(), group=DIALOG_GROUP, exit_on_error=False)

    async def _choose_view(self) -> None:
        from console.views.screen import ViewsScreen

        screen = ViewsScreen(self.views, self.system.title.lower(), self.listing.saved_filter)
        if (chosen := await self.app.push_screen_wait(screen)) is not None:
            self.listing.show_saved(chosen)

    def action_mark_matching(self) -> None:
        """Mark all rows that match the filter."""
        self.listing.mark_matching()

    def action_copy_command(self) -> None:
        """Offer the list, and what may be done to the row in focus, as commands."""
        self.run_worker(self._copy_command(), group=DIALOG_GROUP, exit_on_error=False)

    async def _copy_command(self) -> None:
        from console.commands.copy_screen import CopyScreen, ShellCommand
        from console.commands.shell import link_command, list_command

        name = f"List these {self.system.noun}s" + (", without the words" if self.listing.words else "")
        listed = ShellCommand(name, list_command(self._gateway.state.server, self.listing.list_filter))
        row = self.focused_row
        link = [] if row is None else [link_command(self._gateway.state, row.key.workflow_id)]
        links = (ShellCommand(f"Open this {self.system.noun} in a console", text) for text in link)
        acting = (ShellCommand(name, text) for name, text in self.shell_commands())
        if (chosen := await self.app.push_screen_wait(CopyScreen([listed, *links, *acting]))) is not None:
            self.copy_text(chosen.text)

    def action_open_screen(self, name: str) -> None:
        """Open one of the system's own screens about the row in focus."""
        screen = next(screen for screen in self.system.screens if screen.name == name)
        if self.focused_row is None:
            self.post_message(Notice(f"{name}: there is no {self.system.noun} to look into", refused=True))
        else:
            self.app.push_screen(screen.open(self._gateway, self._settings, self.focused_row))
