"""The left half of a pane: counts by stage, the filter, and the list, read again and again."""

from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from console.design.text import plain
from console.design.tone import Tone
from console.gateway.counts import StageCounts
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing
from console.gateway.query import ATTENTION, System
from console.gateway.rows import RowKey
from console.listing.filter_line import FilterLine
from console.listing.row_list import RowList
from console.listing.row_table import RowTable
from console.listing.stage_line import StageLine
from console.model import Column, PaneAction, Stage
from console.panes.filtering import HELP, RowFilter
from console.panes.list_state import ListState
from console.panes.messages import Counted, ListRead, ListTrouble, Said
from console.panes.pollers import RowPoller, fill_rows
from console.settings import ConsoleSettings
from console.widgets.tab_bar import TabCounts
from workflows.shared.client import WorkflowClient

RESTART_SECONDS = 3.0
"""How long after an unforeseen error the pollers are started again."""

TYPING_SECONDS = 0.3
"""A pause of this length in typing sends the filter to the server."""

SOON_SECONDS = (0.2, 0.6)
"""When to look for a workflow that was just started: lists lag."""


NEEDS_A_LOOK = Stage(ATTENTION, "needs a look", "▲", Tone.HUMAN)


class ListPane(Vertical):
    """Lists the workflows of one system."""

    system: ClassVar[System]
    title: ClassVar[str]
    noun: ClassVar[str]
    needs: ClassVar[str] = ""
    """What the store must hold before the first one can go well, and the command that brings it."""
    stages: ClassVar[tuple[Stage, ...]]
    columns: ClassVar[tuple[Column, ...]]
    actions: ClassVar[tuple[PaneAction, ...]]
    for_people: ClassVar[bool] = False
    """Whether its workflows wait for named people, so that the tab says how many wait for the operator."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, so that the line has the focus before the next key is looked at: what is typed right after
        # the slash must not be taken for keys of the list.
        Binding("slash", "filter", "Filter", id="filter", key_display="/", priority=True)
    ]

    def __init__(self, gateway: Gateway, settings: ConsoleSettings) -> None:
        super().__init__(id=f"pane-{self.system.name}", classes="system-pane")
        self.gateway = gateway
        self.settings = settings
        counts = StageCounts(gateway, self.system, tuple(stage.name for stage in self.stages))
        self._listing = Listing(gateway, self.system)
        self._state = ListState(counts, gateway.operator)
        self._rows = RowPoller(gateway, self._listing, counts, self.post_message, settings.refresh_seconds)
        self._list = RowList(self.title, self.columns)
        self._filter_line = FilterLine(HELP)
        self._stage_line = StageLine((*self.stages, NEEDS_A_LOOK))
        self._wanted: str | None = None
        self._typing: Timer | None = None

    @abstractmethod
    def client(self) -> WorkflowClient:
        """Return the domain client for the connection as it is now."""

    def compose(self) -> ComposeResult:
        """Lay out the stage line, the filter and the list, with room for the right half."""
        yield self._stage_line
        yield self._filter_line
        with Horizontal(classes="body"):
            yield self._list
            yield from self.compose_right()

    def compose_right(self) -> ComposeResult:
        """Return what stands beside the list."""
        yield from ()

    def on_mount(self) -> None:
        """Begin without a filter."""
        self._filter_line.display = False

    @property
    def table(self) -> RowTable:
        """The list."""
        return self._list.table

    @property
    def total(self) -> int | None:
        """How many workflows there are; None while it is not known."""
        return self._state.total

    def activate(self) -> None:
        """Start reading: the tab is on."""
        self.start("rows", self._rows.run(self._looking_at, self._fill))
        self.screen.set_focus(self.table)  # at once: the next key is this tab's

    def deactivate(self) -> None:
        """Stop reading: another tab is on. What was said on this one has been read."""
        self.stop("rows")
        self.post_message(Said(""))

    def wake(self) -> None:
        """Read again now."""
        self._rows.ticker.wake()

    def start(self, group: str, work: Coroutine[Any, Any, None], *, exclusive: bool = True) -> None:
        """Run ``work`` beside the screen. Only what merely reads may be exclusive: it is cancelled by the next."""
        self.run_worker(work, group=f"{self.system.name}-{group}", exclusive=exclusive, exit_on_error=False)

    def stop(self, group: str) -> None:
        """Cancel what runs in ``group``."""
        self.workers.cancel_group(self, f"{self.system.name}-{group}")

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            event.stop()
            text = plain(f"{type(event.worker.error).__name__}: {event.worker.error}")
            self.app.notify(text, title="Unforeseen error", severity="error", markup=False)
            if not event.worker.group.endswith("-act"):
                self.set_timer(RESTART_SECONDS, self._restart)

    def _restart(self) -> None:
        if self.display:
            self.deactivate()
            self.activate()

    def _looking_at(self) -> RowKey | None:
        row = self.table.focused_row
        return row.key if row else None

    async def _fill(self) -> None:
        await fill_rows(self.table.visible_rows, self.client().get_summary, self._listing, self.post_message)

    @on(ListRead)
    def _list_read(self, message: ListRead) -> None:
        self._state.take(message.snapshot)
        self.show_rows()

    @on(ListTrouble)
    def _list_trouble(self, message: ListTrouble) -> None:
        self._list.border_subtitle = Content.styled(plain(message.reason, limit=70), "$tone-human")

    def show_rows(self) -> None:
        """Show the rows that pass the filter, and the counts."""
        shown = self._state.show()
        if shown is None:
            return
        self._list.show(shown.rows, anew=shown.anew, when_empty=self._when_empty())
        if self._wanted is not None and self.table.select(self._wanted):
            self._wanted = None
        self._stage_line.show(self._state.total, self._state.by_stage, self._state.filter.server.chosen_stage)
        self._list.border_subtitle = Content(self._state.extent(len(shown.rows)))
        for_you = self._state.for_operator if self.for_people else None
        self.post_message(Counted(self.system.name, TabCounts(self._state.total, for_you)))

    def _when_empty(self) -> Content:
        key = "bold $tone-accent"
        if not self._state.filter.empty:
            return Content.assemble(f"No {self.noun} matches the filter.\n\n", ("esc", key), " shows all")
        create = next((action for action in self.actions if not action.names_target), None)
        if create is None or self.settings.read_only:
            return Content(f"There is no {self.noun} yet.")
        first = f" creates the first {self.noun}"
        needs = (f"\n\n{self.needs}", "$tone-muted") if self.needs else ""
        return Content.assemble(f"There is no {self.noun} yet.\n\n", (create.key, key), first, needs)

    def select_when_listed(self, workflow_id: str) -> None:
        """Put the cursor on a new workflow as soon as the list has it."""
        self._wanted = workflow_id
        self.apply(RowFilter())
        for seconds in SOON_SECONDS:
            self.set_timer(seconds, self._rows.ticker.wake)

    @on(RowTable.EndReached)
    def _end_reached(self) -> None:
        if self._state.more:
            self._rows.more = True
            self._rows.ticker.wake()

    @on(StageLine.Chosen)
    def _stage_chosen(self, message: StageLine.Chosen) -> None:
        self.apply(RowFilter.parse(self._filter_line.value, message.stage))

    @on(RowTable.StageStepped)
    def _stage_stepped(self, message: RowTable.StageStepped) -> None:
        chosen = self._stage_line.neighbour(self._state.filter.server.chosen_stage, message.step)
        self.apply(RowFilter.parse(self._filter_line.value, chosen))

    @on(Input.Changed, "FilterLine")
    def _typed(self, event: Input.Changed) -> None:
        self.apply(RowFilter.parse(event.value, self._state.filter.server.chosen_stage))

    @on(Input.Submitted, "FilterLine")
    def _typed_all(self) -> None:
        self._filter_line.display = bool(self._filter_line.value)
        self.table.focus()

    def apply(self, chosen: RowFilter) -> None:
        """Filter by ``chosen``: the loaded rows at once, and the server's list when it holds more."""
        if chosen.empty:
            self._filter_line.value = ""
            self._filter_line.display = self._filter_line.has_focus
        if chosen == self._state.filter:
            return
        self._state.filter = chosen
        self.show_rows()
        self.refresh_bindings()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_SECONDS, self._filter_on_server)

    def _filter_on_server(self) -> None:
        self._listing.choose(self._state.server_filter)
        self._rows.ticker.wake()

    @property
    def filtered(self) -> bool:
        """Whether a filter leaves anything out."""
        return not self._state.filter.empty or self._filter_line.display

    def clear_filter(self) -> None:
        """Show all again."""
        self.table.focus()
        self._filter_line.display = False
        self.apply(RowFilter())

    def action_filter(self) -> None:
        """Open the filter's line. It has the focus at once, not after what is queued."""
        self._filter_line.display = True
        self.screen.set_focus(self._filter_line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the slash to what is typed into the filter's line."""
        if action == "filter" and self._filter_line.has_focus:
            return False
        return super().check_action(action, parameters)
