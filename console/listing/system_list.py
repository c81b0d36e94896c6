"""The list of one system: counts by stage, filter, and rows."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from console.design.text import plain
from console.design.tone import Tone
from console.export.source import ExportSource
from console.gateway.gateway import Gateway
from console.gateway.query import ATTENTION, filtered
from console.gateway.rows import Row
from console.listing.arrangement import Arrangement
from console.listing.emptiness import when_empty
from console.listing.filter_line import FilterLine, vocabulary
from console.listing.filtering import RowFilter, for_person, raw_list_filter
from console.listing.reader import ListRead, ListReader, ListReadFailed
from console.listing.row_list import RowList
from console.listing.row_table import RowTable
from console.listing.stage_line import StageLine
from console.listing.state import ListState
from console.memory import SavedFilter
from console.model import Stage
from console.notice import Notice
from console.search.completion import EXECUTION_STATUSES
from console.systems.system import ConsoleSystem
from console.widgets.tab_bar import TabCounts
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.errors import CallError
from workflows.shared.summary import Summary

TYPING_PAUSE = 0.3
"""Seconds without typing after which the filter is sent to the server."""

LAG_SECONDS = (0.2, 0.6)
"""When to look for a workflow that was just started: lists lag."""

MAX_MARKED = 500
"""Rows that are marked at once: an action asks each of them before it is sent."""

NEEDS_ATTENTION = Stage(ATTENTION, "needs a look", "▲", Tone.HUMAN, short="look")
"""Its chip keeps a word: a stage may have the same symbol."""


class RowsShown(Message):
    """The list shows the rows as known now; ``counts`` are those of its tab."""

    def __init__(self, system: str, counts: TabCounts) -> None:
        super().__init__()
        self.system, self.counts = system, counts


class SystemList(Vertical):
    """Lists the workflows of one system, with ``beside`` at the right; ``title`` stands above the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, so that the line has the focus before the next key is handled: what is typed right after the
        # slash must not be taken for keys of the list.
        Binding("slash", "filter", "Filter", id="filter", key_display="/", priority=True)
    ]

    def __init__(
        self,
        system: ConsoleSystem[Any, Any],
        gateway: Gateway,
        settings: ConsoleSettings,
        beside: Widget,
        title: Content,
    ) -> None:
        super().__init__()
        self._system, self._gateway, self._settings = system, gateway, settings
        self._reader = ListReader(gateway, system, self.post_message)
        self._state = ListState(self._reader.counts, gateway.operator, system.columns, yours_first=system.for_people)
        self._rows = RowList(title, system.columns)
        self.table = self._rows.table
        self._known_values = {
            "BizStage": [stage.name for stage in system.stages],
            "ExecutionStatus": EXECUTION_STATUSES,
            "WorkflowType": [system.kind.workflow_type],
        }
        self._line = FilterLine(vocabulary({}, self._known_values))
        self._filter_line = self._line.input
        self._stage_line = StageLine((*system.stages, NEEDS_ATTENTION))
        self._beside = beside
        self._shown_filter: RowFilter | None = None
        self._wanted: str | None = None
        self._restored = ""
        self._typing: Timer | None = None
        self._asked_for_attributes = False
        self._marks_matching = False

    def compose(self) -> ComposeResult:
        """Lay out the stage line, the filter and the rows."""
        yield self._stage_line
        yield self._line
        with Horizontal(classes="body"):
            yield self._rows
            yield self._beside

    def on_mount(self) -> None:
        """Begin with the filter of the last run, if there is one."""
        self._filter_line.value = self._restored
        self._line.display = bool(self._restored)

    @property
    def saved_filter(self) -> SavedFilter:
        """The filter, for the next run."""
        stage = self._state.filter.server.stage
        return SavedFilter(text=self._filter_line.value, stage=stage, arrangement=self._state.arrangement)

    def show_saved(self, saved: SavedFilter) -> None:
        """Show what was saved: filter, stage, columns and sort."""
        self.rearrange(saved.arrangement)
        self.show_filter(saved.text, saved.stage)

    def show_filter(self, text: str, stage: str | None = None) -> None:
        """Filter by a text, as if it were typed, and by a stage."""
        with self.prevent(Input.Changed):
            self._filter_line.value = text
        self._line.display = bool(text)
        self._apply(RowFilter.parse(text, stage))
        self.table.focus()

    @property
    def filter_text(self) -> str:
        """What is typed as the filter."""
        return self._filter_line.value

    def rearrange(self, arrangement: Arrangement) -> None:
        """Show other columns, or sort the loaded rows otherwise."""
        reads, self._state.arrangement = self._state.arrangement.oldest_first, arrangement
        self.table.show_columns(arrangement.shown(self._system.columns))
        if arrangement.oldest_first != reads:
            self._shown_arrangement_changed()
        self._show_rows()

    def _shown_arrangement_changed(self) -> None:
        """Begin at the top: all rows stand elsewhere, and others may have to be read."""
        self._shown_filter = None
        self._filter_on_server()

    @property
    def arrangement(self) -> Arrangement:
        """The columns and the sort."""
        return self._state.arrangement

    def restore(self, saved: SavedFilter) -> None:
        """Begin with a filter; to be called before the list is shown."""
        self._restored = saved.text
        self._state.arrangement = saved.arrangement
        self.table.show_columns(saved.arrangement.shown(self._system.columns))
        self._state.filter = RowFilter.parse(saved.text, saved.stage)
        self._reader.listing.choose(self._state.server_filter, self._words, scan=self._state.reads_all)

    async def read(self) -> None:
        """Read the list until cancelled."""
        await self._reader.run(self.table, self._settings.refresh_seconds)

    async def count_all(self) -> int | None:
        """Return how many workflows there are without reading the list, None while unknown. Raises ``CallError``."""
        return await self._reader.counts.count_all()

    def wake(self) -> None:
        """Read again now."""
        self._reader.ticker.wake()

    def operator_changed(self, before: str) -> None:
        """Count and filter for the new operator what was counted and filtered for the one ``before``."""
        self._state.operator = self._gateway.operator
        if self._filter_line.value == for_person(before):
            self._filter_line.value = for_person(self._gateway.operator)
        self._show_rows()

    def show_answer(self, row: Row, summary: Summary) -> Row:
        """Show a workflow's own answer at once, until the list has caught up; return the row as it is now."""
        self._reader.listing.answered(row.key, summary)
        self._state.take(self._reader.listing.snapshot())
        self._show_rows()
        return row.with_summary(summary, self._system.kind)

    @on(ListRead)
    def _list_read(self, message: ListRead) -> None:
        self._state.take(message.snapshot)
        self._show_rows()
        self._mark_read()

    @on(ListReadFailed)
    def _list_read_failed(self, message: ListReadFailed) -> None:
        if message.refused and self._state.refuse(message.reason):
            self._show_rows()
            return
        self._rows.border_subtitle = Content.styled(plain(message.reason, limit=70), "$tone-human")

    def _show_rows(self) -> None:
        """Show the rows that pass the filter, and the counts."""
        rows, chosen = self._state.rows, self._state.filter
        if rows is None:
            self._rows.border_subtitle = Content("asking the server …")
            return
        self._rows.show(rows, anew=chosen != self._shown_filter, when_empty=self._when_empty())
        self._shown_filter = chosen
        if self._wanted is not None and self.table.select(self._wanted):
            self._wanted = None
        self._stage_line.show(self._state.total, self._state.by_stage, chosen.server.stage)
        self._show_extent()
        for_you = self._state.for_operator if self._system.for_people else None
        self.post_message(RowsShown(self._system.name, TabCounts(self._state.total, for_you)))

    @on(RowTable.Marked)
    def _show_extent(self) -> None:
        marked, extent = len(self.table.marked_rows), self._state.extent(len(self._state.rows or ()))
        extent = " · ".join(filter(None, (extent, self._state.counted_words)))
        words = f"{marked} marked: a key acts on all · esc unmarks · {extent}" if marked else extent
        if self.table.range_start is not None:
            words = "a range begins here: V ends it at another row · esc gives up"
        self._rows.border_subtitle = Content(words)

    def mark_matching(self) -> None:
        """Mark all rows that match, and read those first that are not loaded."""
        self._marks_matching = True
        self._reader.listing.read_on()
        self._mark_read()
        self.wake()

    def _mark_read(self) -> None:
        rows = self._state.rows or []
        if not self._marks_matching or (self._state.more and len(rows) < MAX_MARKED):
            return
        self._marks_matching = False
        self.table.mark(rows[:MAX_MARKED])
        if self._state.more or len(rows) > MAX_MARKED:
            self._reader.listing.choose(self._state.server_filter, self._words, scan=self._state.reads_all)
            self.post_message(Notice(f"the first {MAX_MARKED} are marked, the most that one action takes"))

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the filter, which the server cannot find."""
        return self._state.filter.words

    @property
    def list_filter(self) -> str:
        """The list filter of the server for what is shown, without the words."""
        return filtered(self._system.kind, self._state.filter.server)

    def export_source(self) -> ExportSource:
        """Return what an export can hold: the rows that are loaded, and what the server finds besides."""
        state, superseded = self._state, self._reader.index.is_superseded
        chosen = state.filter

        def passing(rows: Sequence[Row]) -> list[Row]:
            return [row for row in chosen.rows(rows) if not superseded(row.key)]

        stage = f"stage {chosen.server.stage}" if chosen.server.stage else ""
        words = " · ".join(filter(None, (stage, self._filter_line.value)))
        return ExportSource(
            self._system.kind,
            self._system.title.lower(),
            self._system.noun,
            words,
            state.rows or (),
            not state.more,
            state.matching,
            chosen.server,
            passing,
        )

    def _when_empty(self) -> Content:
        return when_empty(self._system, self._state, read_only=self._settings.read_only)

    def select_when_listed(self, workflow_id: str) -> None:
        """Put the cursor on a new workflow as soon as the list has it."""
        self._wanted = workflow_id
        self._empty_line()
        self._apply(RowFilter())
        for seconds in LAG_SECONDS:
            self.set_timer(seconds, self.wake)

    def find(self, business_id: str) -> None:
        """Put the cursor on a workflow; if it is not among the rows, show it alone."""
        self._wanted = None
        workflow_id = f"{self._system.kind.id_prefix}{business_id}"
        if not self.table.select(workflow_id):
            quoted = f'id:"{business_id}"' if not business_id.count('"') else business_id
            self.show_filter(quoted)
            self._wanted = workflow_id

    @on(RowTable.EndReached)
    def _end_reached(self) -> None:
        if self._state.more:
            self._reader.load_more()

    # The filter.

    @on(StageLine.Chosen)
    def _stage_chosen(self, message: StageLine.Chosen) -> None:
        self._apply(RowFilter.parse(self._filter_line.value, message.stage))

    @on(RowTable.StageStepped)
    def _stage_stepped(self, message: RowTable.StageStepped) -> None:
        chosen = self._stage_line.neighbour(self._state.filter.server.stage, message.step)
        self._apply(RowFilter.parse(self._filter_line.value, chosen))

    @on(Input.Changed, "FilterInput")
    def _typed(self, event: Input.Changed) -> None:
        """Filter while it is typed, except by a list filter, which means nothing before it is whole."""
        server = self._state.filter.server
        self._apply(RowFilter.parse_before(event.value, server.stage, server.where))
        if raw_list_filter(event.value) is not None and not self._asked_for_attributes:
            self._asked_for_attributes = True
            self.run_worker(self._learn_attributes(), group="attributes", exit_on_error=False)

    async def _learn_attributes(self) -> None:
        try:
            types = await self._gateway.attribute_types()
        except CallError:
            return  # those that every namespace has are proposed
        self._filter_line.words = vocabulary(types, self._known_values)
        self._line.show_proposals()

    @on(Input.Submitted, "FilterInput")
    def _submitted(self) -> None:
        self._apply(RowFilter.parse(self._filter_line.value, self._state.filter.server.stage))
        if self._state.filter.problem:
            return  # it is mended where it was typed
        self._line.display = bool(self._filter_line.value)
        self.table.focus()

    def _apply(self, chosen: RowFilter) -> None:
        """Filter the loaded rows at once, and the server's list after a pause if it holds more."""
        if chosen == self._state.filter:
            return
        self._state.filter = chosen
        self._marks_matching = False
        self._show_rows()
        self.refresh_bindings()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_PAUSE, self._filter_on_server)

    def _filter_on_server(self) -> None:
        self._reader.listing.choose(self._state.server_filter, self._words, scan=self._state.reads_all)
        self.wake()

    @property
    def _words(self) -> tuple[str, ...]:
        """The words that are to be looked for in all rows."""
        return self._state.filter.words if self._state.reads_all else ()

    @property
    def filtered(self) -> bool:
        """Whether a filter leaves anything out."""
        return not self._state.filter.empty or self._line.display

    def clear_filter(self) -> None:
        """Show all again."""
        self.table.focus()
        self._empty_line()
        self._apply(RowFilter())

    def _empty_line(self) -> None:
        self._filter_line.value = ""
        self._line.display = False

    def toggle_filter(self, text: str) -> None:
        """Filter by ``text``, or show all again if that is the filter already."""
        shown = self._filter_line.value != text
        self._filter_line.value = text if shown else ""
        self._line.display = shown

    def action_filter(self) -> None:
        """Focus the filter's line, at once and not after queued messages."""
        self._line.display = True
        self.screen.set_focus(self._filter_line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the slash to what is typed into the filter's line."""
        if action == "filter" and self._filter_line.has_focus:
            return False
        return super().check_action(action, parameters)
