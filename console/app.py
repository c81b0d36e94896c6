"""The console: the screen around the panes."""

import asyncio
import gc
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher, Input

from console.commands import ActionCommands
from console.design.theme import DARK, LIGHT, THEMES
from console.design.tone import Tone
from console.gateway.directory import knows_operator
from console.gateway.gateway import Gateway
from console.gateway.query import ServerFilter, filtered
from console.gateway.session import Session
from console.help import HelpScreen
from console.keys import KeysInOrder
from console.panes.base import SystemPane
from console.panes.messages import Counted, Said
from console.receipt import Receipt
from console.registry import PANES
from console.settings import ConsoleSettings
from console.widgets.key_footer import KeyFooter
from console.widgets.receipt_line import ReceiptLine
from console.widgets.status_bar import Status, StatusBar, troubles
from console.widgets.tab_bar import TabBar, TabCounts
from workflows.shared.errors import CallError

TICK_SECONDS = 0.5
COUNT_SECONDS = 3.0
"""How often the tabs that are not on are counted: one Count call each."""

SETTLED_SECONDS = 2.0
"""When everything has been imported and drawn once."""

STALE_SECONDS = 5.0
WITHOUT_ATTRIBUTES = "no search attributes here: rows are read one by one"
NARROW = 110
"""Below so many cells the list has the whole width."""


def freeze_modules() -> None:
    """Leave what stays for good out of garbage collection: a full one takes 80 ms, and a key would wait for it.

    The command turned it off for the time of the start.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


class ConsoleApp(KeysInOrder):
    """An operator's console for the systems in the registry."""

    TITLE = "tconsole"
    CSS_PATH = "design/styles/console.tcss"
    COMMANDS: ClassVar = {ActionCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012 - so Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, so that the next key, however fast it comes, is one of the tab that is turned to.
        *(
            Binding(str(n), f"show_tab('{pane.system.name}')", pane.title, id=f"tab.{n}", show=False, priority=True)
            for n, pane in enumerate(PANES, start=1)
        ),
        Binding("question_mark", "help", "Help", id="help", key_display="?"),
        Binding("ctrl+p", "command_palette", "Commands", id="palette", key_display="^p"),
        Binding("f5", "read_again", "Read again", id="read", show=False),
        Binding("q", "quit", "Quit", id="quit"),
        # Where text is selected, the widgets above take it to copy; in a dialog nothing but ctrl+q quits.
        Binding("ctrl+c", "quit", "Quit", id="quit.interrupt", show=False),
    ]

    def __init__(self, session: Session, settings: ConsoleSettings, operator: str) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = settings.theme
        self.session = session
        self.settings = settings
        self.gateway = Gateway(session, operator=operator, page_size=settings.page_size)
        self.panes: dict[str, SystemPane[Any]] = {pane.system.name: pane(self.gateway, settings) for pane in PANES}
        self._status_bar = StatusBar()
        self._tab_bar = TabBar([(name, pane.title) for name, pane in self.panes.items()])
        self._switcher = ContentSwitcher(*self.panes.values(), initial=next(iter(self.panes.values())).id)
        self._receipt_line = ReceiptLine()
        self._counts: dict[str, TabCounts] = {}
        self._known: bool | None = None

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
        self.set_interval(TICK_SECONDS, self._tick)
        self.run_worker(self._count(), group="counts", exclusive=True, exit_on_error=False)
        self.run_worker(self._look_up_operator(), group="operator", exclusive=True, exit_on_error=False)
        self.set_timer(SETTLED_SECONDS, freeze_modules)
        self.active.activate()
        self._tick()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the meanings their colours in themes that do not know them."""
        return (DARK if self.current_theme.dark else LIGHT).variables

    @property
    def active(self) -> SystemPane[Any]:
        """The pane that is on."""
        return next(pane for pane in self.panes.values() if pane.id == self._switcher.current)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of the screen to the screen below a dialog, and digits to what is being typed."""
        if action in {"show_tab", "help"} and len(self.screen_stack) > 1:
            return False
        if action == "show_tab" and isinstance(self.focused, Input):
            return False
        return super().check_action(action, parameters)

    def action_show_tab(self, name: str) -> None:
        """Turn to another system."""
        pane = self.panes[name]
        if pane is not self.active:
            self.active.deactivate()
            self._switcher.current = pane.id
            pane.activate()
        self._show_tabs()

    def action_help(self) -> None:
        """Explain the keys and the signs."""
        self.push_screen(HelpScreen(self.active, troubles(self._status())))

    def action_read_again(self) -> None:
        """Read everything again now, and ask again for an operator whom the directory did not know."""
        self.active.wake()
        if self._known is False:
            self._known = None
            self._ask_who_acts()

    def action_other_theme(self) -> None:
        """Turn from the dark theme to the light one, or back."""
        self.theme = next(theme.name for theme in THEMES if theme.name != self.theme)

    @on(TabBar.Chosen)
    def _tab_chosen(self, message: TabBar.Chosen) -> None:
        self.action_show_tab(message.pane)

    @on(Counted)
    def _counted(self, message: Counted) -> None:
        before = self._counts.get(message.pane, TabCounts())
        for_you = before.for_you if message.counts.for_you is None else message.counts.for_you
        self._counts[message.pane] = TabCounts(message.counts.total, for_you)
        self._show_tabs()

    @on(Said)
    def _said(self, message: Said) -> None:
        if isinstance(message.said, Receipt):
            self._receipt_line.show(message.said)
        else:
            self._receipt_line.say(message.said)

    def _session_changed(self, _: object) -> None:
        self.call_later(self._tick)
        self.call_later(self.active.wake)

    def _show_tabs(self) -> None:
        self._tab_bar.show(self.active.system.name, self._counts)

    def _tick(self) -> None:
        status = self._status()
        stale = status.trouble is not None or (status.age or 0) > STALE_SECONDS + self.settings.refresh_seconds
        if not self._status_bar.is_attached:
            return  # the console is closing
        self._status_bar.show(status, stale=stale)
        self._switcher.set_class(stale, "-stale")
        self.active.tick()

    def _status(self) -> Status:
        state, health = self.session.state, self.gateway.health
        report = state.report
        return Status(
            server=state.server.address,
            namespace=state.server.namespace,
            embedded=state.server.embedded,
            operator=self.gateway.operator,
            known=self._known,
            read_only=self.settings.read_only,
            workers=tuple(report.workers) if report else (),
            workers_line=state.workers,
            slack=report.slack if report else "",
            age=health.age,
            trouble=health.error,
            notice=state.notice or (WITHOUT_ATTRIBUTES if self.gateway.without_attributes else ""),
        )

    async def _count(self) -> None:
        """Count the tabs that are not on, one Count call each."""
        while True:
            for name, pane in self.panes.items():
                try:
                    await self._count_tab(name, pane)
                except CallError:
                    break  # the status bar says so
            await asyncio.sleep(COUNT_SECONDS)

    async def _count_tab(self, name: str, pane: SystemPane[Any]) -> None:
        counts = self._counts.get(name, TabCounts())
        if pane is not self.active:
            total = await self.gateway.count(pane.system.query)
            counts = TabCounts(counts.total if total is None else total, counts.for_you)
        if pane.for_people and not self.gateway.without_attributes:
            mine = await self.gateway.count(filtered(pane.system, ServerFilter(waiting_for=self.gateway.operator)))
            counts = TabCounts(counts.total, counts.for_you if mine is None else mine)
        if counts != self._counts.get(name):
            self._counts[name] = counts
            self._show_tabs()

    def _ask_who_acts(self) -> None:
        self.run_worker(self._look_up_operator(), group="operator", exclusive=True, exit_on_error=False)

    async def _look_up_operator(self) -> None:
        """Ask until the directory answers: it is reached through a worker, which may start later than we do."""
        while self._known is None:
            try:
                self._known = await knows_operator(self.gateway)
            except CallError:
                await asyncio.sleep(COUNT_SECONDS)
        self._tick()
        if not self._known:
            words = f"{self.gateway.operator} is not in the company's directory: you may look, but not decide"
            self._receipt_line.say(words, Tone.WAITING, "▲")
