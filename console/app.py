"""The console: the screen around the panes."""

import gc
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.widgets import ContentSwitcher, Input

from console.acting import ActingPane
from console.commands.palette import ConsoleCommands
from console.counting import TabCounter
from console.customer.messages import OpenPerson
from console.design.abilities import Abilities
from console.design.theme import NAMES
from console.design.tone import Tone
from console.directory import DirectoryLookUp
from console.gateway.gateway import Gateway
from console.help import HelpScreen, meanings
from console.inbox.messages import InboxClosed, OpenItem
from console.inbox.reader import InboxReader
from console.keymap import general_keys, rebound
from console.keys import DIALOG_GROUP
from console.listing.system_list import RowsShown
from console.memory import Memory, MemoryFile
from console.notice import Notice, Receipt, ReceiptNote
from console.opening import open_by_id
from console.pane import OpenList, SystemPane
from console.pane_set import PaneSet, tab_keys
from console.registry import SYSTEMS
from console.start.session import Session
from console.start.signing import why_not_sign
from console.start.state import SessionState
from console.systems.system import ConsoleSystem
from console.terminal_app import TerminalApp
from console.widgets.key_footer import KeyFooter
from console.widgets.receipt_line import ReceiptLine
from console.widgets.status_bar import Status, StatusBar, troubles
from console.widgets.tab_bar import TabBar
from workflows.runtime.console_settings import ConsoleSettings

if TYPE_CHECKING:
    from console.inbox.pane import InboxPane

TICK_SECONDS = 1.0
SETTLED_SECONDS = 2.0
"""Time until everything has been imported and drawn once."""

STALE_SECONDS = 5.0
WITHOUT_ATTRIBUTES = "no search attributes here: rows are read one by one"
NARROW = 110
"""Below this width in cells the list has all of it."""


def freeze_modules() -> None:
    """Exclude what stays for good from garbage collection: a full collection takes 80 ms, and delays a key.

    The command line turned collection off for the start.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


class ConsoleApp(TerminalApp):
    """An operator's console for ``systems``."""

    TITLE = "tconsole"
    CSS_PATH = "design/styles/console.tcss"
    COMMANDS: ClassVar = {ConsoleCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012 - so Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "inbox", "Inbox", id="inbox"),
        Binding("question_mark", "help", "Help", id="help", key_display="?"),
        Binding("at", "act_as", "Act as", id="act_as", key_display="@", show=False),
        Binding("colon", "command_line", "Command line", id="command_line", key_display=":", show=False),
        Binding("ctrl+p", "command_palette", "Commands", id="palette", key_display="^p"),
        Binding("J", "journal", "Journal", id="journal", show=False),
        Binding("f5", "read_again", "Read again", id="read", show=False),
        Binding("q", "quit", "Quit", id="quit"),
        # Where text is selected, the widgets above take it to copy; in a dialog only ctrl+q quits.
        Binding("ctrl+c", "quit", "Quit", id="quit.interrupt", show=False),
        Binding("ctrl+z", "suspend_process", "Suspend", id="suspend", show=False),
    ]

    def __init__(
        self,
        session: Session,
        settings: ConsoleSettings,
        operator: str,
        systems: Sequence[ConsoleSystem[Any, Any]] = SYSTEMS,
        memory: MemoryFile | None = None,
        *,
        journal: Path | None = None,
        abilities: Abilities | None = None,
    ) -> None:
        super().__init__(abilities or Abilities())
        systems = rebound(systems, settings.keys)
        self.systems = systems
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(tab_keys(systems))])
        self._memory = memory or MemoryFile()
        left = self._memory.read()
        kept = left.theme if left.theme in NAMES else settings.theme
        self.theme = settings.theme if "theme" in settings.model_fields_set else kept
        self.session = session
        self.settings = settings
        self.gateway = Gateway(session, operator=operator, page_size=settings.page_size)
        self.gateway.journal_path = journal
        self.gateway.read_only = settings.read_only
        self.lists = PaneSet(systems, self.gateway, settings, left.filters)
        self.panes = self.lists.tabs
        self._status_bar = StatusBar()
        self._tab_bar = TabBar([(system.name, system.title) for system in systems])
        first = self.panes.get(left.tab) or next(iter(self.panes.values()))
        self._tab = first
        self._inbox: InboxPane | None = None
        self._inbox_reader = InboxReader(self.gateway, systems)
        self._switcher = ContentSwitcher(*self.panes.values(), initial=first.id)
        self._receipt_line = ReceiptLine()
        self._counter = TabCounter(self.gateway, self.panes, self._inbox_reader, lambda: self.shown, self._show_tabs)
        self._known: bool | None = None
        self._look_up = DirectoryLookUp(self.gateway, systems, self._operator_looked_up)
        self.commands_typed = [*left.commands]
        self._workers_failure = ""
        self.opening = ""
        """ID of the workflow to begin with."""
        self.switched = False
        """Whether it ends because another server is to be shown."""

    def compose(self) -> ComposeResult:
        """Lay out the lines above, the panes, and the lines below."""
        yield self._status_bar
        yield self._tab_bar
        yield self._switcher
        yield self._receipt_line
        yield KeyFooter()

    def on_mount(self) -> None:
        """Start reading."""
        self.session.on_change = self._session_changed
        self.set_keymap({**self.settings.keys})
        self._tab_bar.inbox.key = self.shown_key("inbox")
        self.gateway.journal_trouble = partial(self._receipt_line.remind, "journal", tone=Tone.HUMAN)
        self.set_interval(TICK_SECONDS, self._tick)
        self.run_worker(self._counter.run(), group="counts", exclusive=True, exit_on_error=False)
        self._start_look_up()
        self.set_timer(SETTLED_SECONDS, freeze_modules)
        self.active.activate()
        if self.opening:
            open_by_id(self, self.opening)
        self._receipt_line.say(self.session.state.server.words)
        self._tick()

    def on_unmount(self) -> None:
        """Keep theme, tab and filters for the next run."""
        kept = Memory(
            theme=self.theme, tab=self.active.tab.name, filters=self.lists.filters, commands=tuple(self.commands_typed)
        )
        self._memory.write(kept)

    @cached_property
    def named_keys(self) -> Mapping[str, Binding]:
        """The bindings of the console and its lists, by their IDs."""
        tabs = {binding.id: binding for binding in tab_keys(self.systems) if binding.id}
        return {**general_keys(self.systems), **tabs}

    @property
    def active(self) -> SystemPane:
        """The list of the tab that is turned to; the inbox may be shown in its place."""
        return self._tab

    @property
    def shown(self) -> ActingPane:
        """The pane that is shown: a tab, or the inbox."""
        return self._inbox if self._inbox is not None and self.inbox_open else self._tab

    @property
    def inbox_open(self) -> bool:
        """Whether the inbox is shown."""
        return self._inbox is not None and self._switcher.current == self._inbox.id

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable tabs and help below a dialog, and leave digits to what is being typed."""
        if action in {"show_tab", "inbox", "help", "act_as", "journal", "command_line"} and len(self.screen_stack) > 1:
            return False
        if action == "show_tab" and isinstance(self.focused, Input):
            return False
        return super().check_action(action, parameters)

    def action_show_tab(self, name: str) -> None:
        """Turn to another system, or to a list that was shown before."""
        self._turn_to(self.lists.get(name))

    def _turn_to(self, pane: SystemPane) -> None:
        if pane is not self.shown:
            self._show(pane)
            self._tab = pane
        self._show_tabs()

    def _show(self, pane: ActingPane) -> None:
        self.shown.deactivate()
        self._switcher.current = pane.id
        pane.activate()

    async def action_inbox(self) -> None:
        """Show what waits for a person in all systems, or go back to the tab."""
        if self.inbox_open:
            self._turn_to(self._tab)
        else:
            await self.show_inbox(None)

    async def show_inbox(self, chip: str | None) -> None:
        """Show what waits for a person: all, or only what belongs to a chip such as ``stuck``."""
        if self._inbox is None:
            from console.inbox.pane import InboxPane

            systems = [pane.system for pane in self.panes.values()]
            self._inbox = InboxPane(systems, self.gateway, self.settings, self._inbox_reader)
            self._inbox.display = False
            await self._switcher.mount(self._inbox)
        self._inbox.choose(chip)
        if not self.inbox_open:
            self._show(self._inbox)
        self._show_tabs()

    def action_act_as(self) -> None:
        """Choose who acts."""
        self.run_worker(self._choose_operator(), group=DIALOG_GROUP, exit_on_error=False)

    async def _choose_operator(self) -> None:
        from console.dialogs.act_as import ActAsDialog

        dialog = ActAsDialog(self.gateway.operator, self.gateway.people, self._look_up.ask, self._act_as)
        await self.push_screen_wait(dialog)

    def _act_as(self, operator: str) -> None:
        if why_not := why_not_sign(self.settings, operator):
            self._receipt_line.say(why_not)
            return
        before, self.gateway.operator = self.gateway.operator, operator
        self._known = None
        self._counter.forget_people()
        for pane in self.lists:
            pane.operator_changed(before)
        if self._inbox is not None:
            self._inbox.operator_changed()
        self._receipt_line.remind("operator", "")
        self._receipt_line.say(f"you act as {operator} now")
        self._show_tabs()
        self._tick()
        self._start_look_up()

    def action_journal(self) -> None:
        """Show what operators did from here."""
        from console.journal.screen import JournalScreen

        self.push_screen(JournalScreen(self.gateway, self.settings, [pane.system for pane in self.panes.values()]))

    def action_command_line(self, begin: str = "") -> None:
        """Type a command by its name."""
        from console.commands.command_line import CommandLine

        self.push_screen(CommandLine(self.commands_typed, begin))

    def action_help(self) -> None:
        """Explain keys and signs."""
        server, matters = self.session.state.server.words, troubles(self._status())
        if self.inbox_open:
            from console.inbox.help import meanings as of_inbox

            self.push_screen(HelpScreen("Inbox", self.shown, partial(of_inbox, self.shown_key), server, matters))
        else:
            how = partial(meanings, self.active, len(self.panes), self.shown_key)
            self.push_screen(HelpScreen(self.active.system.title, self.active, how, server, matters))

    def begin_anew(self) -> None:
        """End, so that another server is shown."""
        self.switched = True
        self.exit()

    def action_suspend_process(self) -> None:
        """Give the terminal back to the shell, until ``fg``."""
        if self._driver is not None and self._driver.can_suspend:
            super().action_suspend_process()
        else:
            self._receipt_line.say("suspend: there is no shell to go back to")

    def action_read_again(self) -> None:
        """Read everything again now, also who is in the directory; start workers once more that cannot run."""
        self.session.retry_workers()
        self.shown.wake()
        self._start_look_up()

    @on(TabBar.Chosen)
    def _tab_chosen(self, message: TabBar.Chosen) -> None:
        self.action_show_tab(message.pane)

    @on(InboxClosed)
    def _inbox_closed(self) -> None:
        self._turn_to(self._tab)

    @on(OpenItem)
    async def _open_item(self, message: OpenItem) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        pane = await self.lists.opened(message.tab, self._switcher)
        self._turn_to(pane)
        pane.listing.find(message.business_id)

    @on(OpenPerson)
    def _open_person(self, message: OpenPerson) -> None:
        from console.customer.screen import PersonScreen

        systems = [pane.system for pane in self.panes.values()]
        self.push_screen(PersonScreen(self.gateway, self.settings, systems, message.person_id))

    @on(OpenList)
    async def _open_list(self, message: OpenList) -> None:
        pane = await self.lists.opened(message.name, self._switcher)
        self._turn_to(pane)
        if message.owner:
            pane.show_of(message.owner)

    @on(RowsShown)
    def _rows_shown(self, message: RowsShown) -> None:
        self._counter.take(message.system, message.counts)

    @on(Notice)
    def _notice(self, message: Notice) -> None:
        if message.refused:
            self.ignore_burst()
        if isinstance(message.content, Receipt):
            self._receipt_line.show(message.content)
        else:
            self._receipt_line.say(message.content)

    @on(ReceiptNote)
    def _receipt_note(self, message: ReceiptNote) -> None:
        self._receipt_line.note(message.number, message.text)

    def _session_changed(self, state: SessionState) -> None:
        if state.workers_failure != self._workers_failure:
            self._workers_failure = state.workers_failure
            words = f"{state.workers}: {state.workers_failure}" if state.workers_failure else ""
            self.call_later(self._receipt_line.remind, "workers", words, Tone.HUMAN)
        self.call_later(self._tick)
        self.call_later(self.shown.wake)

    def _show_tabs(self) -> None:
        self._tab_bar.show(None if self.inbox_open else self._tab.tab.name, self._counter.tabs)
        self._show_inbox_count()

    def _show_inbox_count(self) -> None:
        self._tab_bar.show_inbox(self._inbox_reader.total, self._inbox_reader.count_age, active=self.inbox_open)

    def _tick(self) -> None:
        status = self._status()
        stale = status.trouble is not None or (status.age or 0) > STALE_SECONDS + self.settings.refresh_seconds
        if not self._status_bar.is_attached:
            return  # the console is closing
        self._status_bar.show(status, stale=stale)
        self._switcher.set_class(stale, "-stale")
        self.shown.details.tick()
        self._show_inbox_count()

    def _status(self) -> Status:
        state, health = self.session.state, self.gateway.health
        report = state.report
        return Status(
            server=state.server.address,
            namespace=state.server.namespace,
            embedded=state.server.embedded,
            operator=self.gateway.operator,
            known=self._known,
            acting=self.gateway.operator != self.gateway.person,
            demo=state.demo,
            read_only=self.settings.read_only,
            workers=tuple(report.workers) if report else (),
            workers_line=state.workers,
            workers_failure=state.workers_failure,
            services=tuple(report.services.items()) if report else (),
            age=health.age,
            trouble=health.error,
            notice=state.notice or (WITHOUT_ATTRIBUTES if self.gateway.without_attributes else ""),
        )

    def _start_look_up(self) -> None:
        if self._look_up.possible:
            self.run_worker(self._look_up.run(), group="operator", exclusive=True, exit_on_error=False)

    def _operator_looked_up(self, known: bool, words: str) -> None:  # noqa: FBT001 - what was looked up
        self._known = known
        self._receipt_line.remind("operator", words)
        self._tick()
