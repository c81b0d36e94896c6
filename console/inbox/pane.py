"""The inbox: everything in all systems that waits for a person, the most urgent first, and the keys that act on it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.worker import Worker, WorkerState

from console.acting import ActingPane, command_keys
from console.commands.availability import ActionState
from console.commands.command import AnyCommand
from console.design.text import plain
from console.design.tone import Tone
from console.details.focus import FocusDetails
from console.details.reader import FocusRead
from console.gateway.answers import LatestAnswers
from console.gateway.gateway import Gateway
from console.gateway.rows import Row, RowKey
from console.gateway.ticker import Ticker
from console.inbox.causes import CauseLines
from console.inbox.chips import STUCK, chips, passes, shown
from console.inbox.columns import columns
from console.inbox.judging import Item
from console.inbox.messages import InboxClosed, OpenItem
from console.inbox.reader import FULL_READ, UNSEARCHABLE, InboxReader, InboxSnapshot
from console.list_keys import PERSON_KEY
from console.listing.row_list import RowList
from console.listing.row_table import RowTable
from console.listing.stage_line import StageLine
from console.notice import Notice
from console.systems.system import ConsoleSystem, kinds_of
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError
from workflows.shared.list_filter import searchable
from workflows.shared.summary import Summary

READ_INTERVAL = 2.0
"""Seconds between two refreshes, each one List call for each system."""

QUEUE_INTERVAL = 10.0
"""Seconds between two looks for workers."""

DECIDED = Tone.DONE.styled("✔ nobody is asked any more: below is who decided, and what")
NOTHING = "Nothing waits for you, or for anyone."
NO_ATTRIBUTES = "The inbox needs the search attributes, which this namespace lacks: uv run tconsole doctor says how."


class InboxRead(Message):
    """The inbox was read; ``failure`` is why not, and ``unpolled`` are the systems without a worker."""

    def __init__(self, snapshot: InboxSnapshot | None, failure: str = "", unpolled: Sequence[str] = ()) -> None:
        super().__init__()
        self.snapshot, self.failure, self.unpolled = snapshot, failure, unpolled


class KindDetails(Vertical):
    """The details of one type of workflow. It runs their readers, and hands on their unexpected errors."""

    def __init__(
        self,
        kind: ConsoleSystem[Any, Any],
        gateway: Gateway,
        settings: ConsoleSettings,
        failed: Callable[[Worker.StateChanged], None],
    ) -> None:
        super().__init__()
        self.details = FocusDetails(kind, gateway, settings, self)
        self._failed = failed
        self.display = False

    def compose(self) -> ComposeResult:
        """Lay out the details."""
        yield self.details

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._failed(event)


class InboxPane(ActingPane):
    """Shows the inbox. ``system`` and ``details`` are those of the row in focus."""

    def __init__(
        self,
        tabs: Sequence[ConsoleSystem[Any, Any]],
        gateway: Gateway,
        settings: ConsoleSettings,
        reader: InboxReader,
    ) -> None:
        super().__init__(gateway, settings, "inbox")
        self._tabs, self._reader = tabs, reader
        self._kinds = [kind for tab in tabs for kind in kinds_of(tab)]
        self._places = {kind.name: KindDetails(kind, gateway, settings, self._worker_ended) for kind in self._kinds}
        self._items: dict[str, Item] = {}
        self._waiting: set[RowKey] = set()
        self._legal_keys: dict[str, str] = {}
        self._answers = LatestAnswers()
        self._chips = StageLine(chips(tabs))
        self._chosen: str | None = None
        self._drawn: str | None = None
        self._causes = CauseLines()
        self._rows = RowList("Inbox", columns(self._item_of, self._legal_keys), keeps_focused=False)
        self._ticker = Ticker()
        self._latest: InboxSnapshot | None = None
        self.table: RowTable = self._rows.table
        self._turn_to(self._kinds[0])
        keys = command_keys([command for kind in self._kinds for command in kind.commands if not command.creates])
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap([*keys, PERSON_KEY])])

    def compose(self) -> ComposeResult:
        """Lay out the chips, the rows, and the details below them."""
        yield self._chips
        yield self._causes
        with Vertical(classes="inbox-body"):
            yield self._rows
            yield from self._places.values()

    # Reading.

    def activate(self) -> None:
        """Start reading."""
        self.run_worker(self._read(), group="inbox", exclusive=True, exit_on_error=False)
        self.details.activate()
        self.screen.set_focus(self.table)

    def deactivate(self) -> None:
        """Stop reading."""
        self.workers.cancel_group(self, "inbox")
        for place in self._places.values():
            place.details.deactivate()
        self.post_message(Notice(""))

    def wake(self) -> None:
        """Read everything again now."""
        self._ticker.wake()
        self.details.wake()

    def operator_changed(self) -> None:
        """Show what waits for the new operator."""
        self.details.operator_changed()
        self.wake()

    async def _read(self) -> None:
        """Poll until cancelled."""
        unpolled: list[str] = []
        looked, reads = float("-inf"), 0
        while True:
            try:
                if not await self._gateway.knows_attributes():
                    self.post_message(InboxRead(None, NO_ATTRIBUTES))
                else:
                    snapshot = await self._reader.refresh()
                    if time.monotonic() > looked + QUEUE_INTERVAL:
                        unpolled, looked = await self._without_workers(), time.monotonic()
                    self.post_message(InboxRead(snapshot, unpolled=unpolled))
            except CallError as error:
                self.post_message(InboxRead(None, str(error)))
            reads += 1
            if reads >= FULL_READ:
                await self._ticker.wait(READ_INTERVAL)

    async def _without_workers(self) -> list[str]:
        """Return the task queues of the systems that nobody polls."""
        queues = dict.fromkeys(tab.client.default_task_queue for tab in self._tabs)
        return [queue for queue in queues if not await self._gateway.is_polled(queue)]

    @on(InboxRead)
    def _inbox_read(self, message: InboxRead) -> None:
        if message.snapshot is not None:
            self._latest = message.snapshot
            self._answers.keep({item.row.key for item in message.snapshot.items})
            self._causes.unpolled = message.unpolled
        self._show(message.failure)

    # Showing.

    @property
    def items(self) -> list[Item]:
        """All items as known now, in order: a workflow's own answer comes before what is listed."""
        found = []
        for item in self._latest.items if self._latest else ():
            row = self._answers.latest(item.row, item.kind.kind)
            judged = item if row is item.row else self._reader.judge(item.tab.name, row)
            found += [judged] if judged is not None else []
        return sorted(found, key=lambda item: item.order)

    def _item_of(self, row: Row) -> Item | None:
        return self._items.get(row.key.workflow_id)

    def _show(self, failure: str = "") -> None:
        items = self.items
        self._waiting = {item.row.key for item in items}
        leaving = {name: item for name, item in self._items.items() if self.table.holds(name)}
        self._items = leaving | {item.row.key.workflow_id: item for item in items}
        counts = {stage.name: sum(passes(item, stage.name) for item in items) for stage in chips(self._tabs)}
        self._chips.show(len(items), counts, self._chosen)
        rows = [item.row for item in shown(items, self._chosen)]
        self._rows.show(rows, anew=self._chosen != self._drawn, when_empty=self._when_empty(failure))
        self._drawn = self._chosen
        self._causes.show(items if self._chosen == STUCK.name else [])
        self._rows.border_title = Content(f"Inbox · {number_of(len(items), 'item')} for you or anyone")
        self._show_extent(failure)
        self._look_at_focus()

    def _when_empty(self, failure: str) -> Content:
        if failure:
            return Content.styled(f"▲ {plain(failure)}", "$tone-human")
        if self._latest is None or not self._latest.read:
            return Content.styled("reading …", "$tone-muted")
        if self._chosen is not None and self.items:
            return Content.assemble("Nothing here.\n\n", ("esc", "bold $tone-accent"), " shows all")
        return Content(NOTHING)

    @on(RowTable.Marked)
    def _marks_changed(self) -> None:
        self._show_extent()

    def _show_extent(self, failure: str = "") -> None:
        if failure:
            self._rows.border_subtitle = Content.styled(plain(failure, limit=70), "$tone-human")
            return
        marked = len(self.table.marked_rows)
        words = [f"{marked} marked: a key acts on all · esc unmarks"] if marked else ["space marks"]
        if self._latest is not None and not self._latest.complete:
            words.append("more than one page: the first of each system")
        if not searchable(self._gateway.operator):
            words.append(UNSEARCHABLE)
        self._rows.border_subtitle = Content(" · ".join(words))

    # The focus.

    @on(RowTable.CursorMoved)
    def _look_at_focus(self) -> None:
        row = self.table.focused_row
        item = self._item_of(row) if row is not None else None
        if item is not None:
            self._turn_to(item.kind)
            self.details.lead = lead(item) if item.row.key in self._waiting else DECIDED
        self.details.look_at(row if item is not None else None)
        self._show_keys()
        self.refresh_bindings()

    def _turn_to(self, kind: ConsoleSystem[Any, Any]) -> None:
        place = self._places[kind.name]
        if place.display:
            return
        for other in self._places.values():
            if other.display:
                other.details.look_at(None)
                other.display = False
        place.display = True
        self.system, self.details = kind, place.details
        self.tab = next(tab for tab in self._tabs if any(each is kind for each in kinds_of(tab)))

    def states(self) -> Sequence[ActionState]:
        """Return what each key may do to the row in focus now."""
        if self.focused_row is None:
            return ()
        return [state for state in self.details.states() if not state.command.creates]

    @on(FocusRead)
    def _show_keys(self) -> None:
        """Show in the row in focus the keys of its legal actions."""
        row = self.focused_row
        keys = " ".join(dict.fromkeys(state.command.key for state in self.states() if state.allowed))
        before = dict(self._legal_keys)
        self._legal_keys.clear()
        if row is not None and keys:
            self._legal_keys[row.key.workflow_id] = keys
        if before != self._legal_keys and self.table.is_attached:
            self.table.draw_live()

    # Acting.

    def show_answer(self, row: Row, summary: Summary) -> Row:
        """Show a workflow's own answer at once: what is decided leaves."""
        item = self._item_of(row)
        after = row.with_summary(summary, (item.kind if item else self.system).kind)
        listed = (one.row for one in (self._latest.items if self._latest else ()) if one.row.key == row.key)
        self._answers.put(row.key, summary, next(listed, None))
        self._show()
        self._ticker.wake()
        return after

    def waits(self, row: Row) -> bool:
        """Return whether a row still needs a person."""
        item = self._item_of(row)
        return item is not None and self._reader.judge(item.tab.name, row) is not None

    def _act_on_all(self, command: AnyCommand, rows: Sequence[Row]) -> None:
        kinds = {item.kind.name: item.kind for row in rows if (item := self._item_of(row)) is not None}
        if len(kinds) > 1:
            words = " and ".join(kind.title.lower() for kind in kinds.values())
            why = f"{words} are marked, and they have different actions; esc takes the marks away"
            self.post_message(Notice(f"{command.verb}: not possible for all at once, {why}", refused=True))
        else:
            super()._act_on_all(command, rows)

    # The other keys.

    @on(RowTable.Chosen)
    def _open(self) -> None:
        row = self.focused_row
        item = self._item_of(row) if row is not None else None
        if row is None or item is None:
            return
        belongs = item.kind.belongs_to
        if item.kind is item.tab:
            self.post_message(OpenItem(item.tab.name, row.business_id))
        elif belongs is not None:
            self.post_message(OpenItem(item.tab.name, belongs(row)))
        else:
            self.details.focus()

    @on(StageLine.Chosen)
    def _chip_chosen(self, message: StageLine.Chosen) -> None:
        self.choose(message.stage)

    @on(RowTable.StageStepped)
    def _chip_stepped(self, message: RowTable.StageStepped) -> None:
        self.choose(self._chips.neighbour(self._chosen, message.step))

    def choose(self, chip: str | None) -> None:
        """Show what belongs to a chip; None is all."""
        self._chosen = chip
        self._show()

    def action_back(self) -> None:
        """Go back one step: from the details to the list, from marks or a chip to all, and to the tab."""
        if self.details.has_focus:
            self.table.focus()
        elif self.table.marked_rows:
            self.table.unmark()
        elif self._chosen is not None:
            self.choose(None)
        else:
            self.post_message(InboxClosed())


def lead(item: Item) -> Content:
    """Return why an item is in the inbox, and what to do."""
    words = Tone.HUMAN.styled(f"▲ {plain(item.why)}")
    return Content.assemble(words, (f" · {item.todo}", Tone.MUTED.style)) if item.todo else words
