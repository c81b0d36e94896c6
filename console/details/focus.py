"""Everything about the workflow in focus."""

from collections.abc import Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

from textual import on
from textual.content import Content
from textual.events import Resize
from textual.timer import Timer
from textual.widget import Widget

from console.commands.availability import ActionState, availability, current
from console.commands.command import AnyCommand
from console.details.actions import what_you_can_do
from console.details.detail_view import DetailView, View
from console.details.paused import paused
from console.details.reader import FocusRead, FocusReader
from console.details.sections import pretty, problem
from console.gateway.gateway import Gateway
from console.gateway.rows import FAILED, Row, RowKey
from console.gateway.single_flight import SingleFlight
from console.model import unknown_stage
from console.systems.system import ConsoleSystem, DetailContext
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.actions import Action, Viewer
from workflows.shared.errors import CallError
from workflows.shared.snapshot import Snapshot

SETTLE_SECONDS = 0.1
"""The cursor rests on a row this long before the row is opened and queried."""

TASK_FAILING = (
    "its workflow task fails again and again, so nothing happens: the history says why, such as an input that is"
    " encrypted for workers without the codec; the task is tried again by itself"
)

KEEP_SECONDS = 0.25
"""Keep showing the previous details this long before showing "reading"; most answers arrive sooner."""


class FocusDetails(DetailView):
    """Shows the workflow under the cursor, and knows which commands it takes.

    ``row`` is the workflow in focus, ``snapshot`` its latest answer. It reads in Textual workers of ``pane``, which is
    told of their unexpected errors.
    """

    def __init__(
        self, system: ConsoleSystem[Any, Any], gateway: Gateway, settings: ConsoleSettings, pane: Widget
    ) -> None:
        super().__init__()
        self._system, self._gateway, self._settings, self._pane = system, gateway, settings, pane
        self._queries = SingleFlight[Snapshot[Any]]()
        self._reader: FocusReader | None = None
        self.row: Row | None = None
        self._open_id: str | None = None
        self.snapshot: Snapshot[Any] | None = None
        self._failure = ""
        self._ending = ""
        self._settling: Timer | None = None
        self.lead: Content | None = None
        """Where it is given it comes first, and what can be done right behind it."""

    def on_mount(self) -> None:
        """Begin with nothing in focus."""
        self.open(self._title)

    @property
    def _title(self) -> str:
        return self.row.business_id if self.row else f"no {self._system.noun} chosen"

    # Commands.

    def states(self) -> Sequence[ActionState]:
        """Return what each key may do now."""
        actions = self.snapshot.actions if self.snapshot else None
        return current([self.availability(command, self.row, actions) for command in self._system.commands])

    def availability(self, command: AnyCommand, row: Row | None, actions: Sequence[Action] | None) -> ActionState:
        """Return whether ``command`` may be run on ``row``, which answered with ``actions``."""
        read_only, noun = self._settings.read_only, self._system.noun
        return availability(command, actions, row, read_only=read_only, noun=noun)

    # Reading.

    async def read(self, row: Row) -> Snapshot[Any]:
        """Query a workflow, or share the query in flight. Raises ``CallError``."""
        return await self._queries.run((row.key, self._gateway.operator), partial(self.query_now, row))

    async def query_now(self, row: Row, *, latest: bool = False) -> Snapshot[Any]:
        """Query a run, or the ``latest`` run of its workflow, even if an older query is in flight.

        Raises ``CallError``.
        """
        viewer = Viewer(person=self._gateway.operator)
        client, run_id = self._gateway.domain(self._system.client), None if latest else row.key.run_id
        snapshot: Snapshot[Any] = await client.get_snapshot(
            row.key.workflow_id, self._system.view, viewer, run_id=run_id
        )
        return snapshot

    def activate(self) -> None:
        """Start reading the workflow in focus."""
        if self.row is None:
            self.deactivate()
        else:
            self._reader = FocusReader(self._gateway, self.row, self.read, self.post_message)
            self._read_in("focus", self._reader.run())
            self._read_in("follow", self._reader.follow())
            self._read_ending()

    def operator_changed(self) -> None:
        """Ask anew what the new operator may do."""
        self.snapshot = None
        if self._reader is not None:
            self.activate()

    def deactivate(self) -> None:
        """Stop reading."""
        for group in ("focus", "follow"):
            self._pane.workers.cancel_group(self._pane, group)

    def _read_in(self, group: str, reading: Coroutine[Any, Any, None]) -> None:
        self._pane.run_worker(reading, group=group, exclusive=True, exit_on_error=False)

    def wake(self) -> None:
        """Read again now."""
        if self._reader is not None:
            self._reader.ticker.wake()

    def reading_held(self, row: Row | None) -> AbstractContextManager[None]:
        """Return a context in which a command reads ``row``, so that its events cause no query of ours."""
        focused = row is not None and self._in_focus(row.key)
        return self._reader.held() if self._reader is not None and focused else nullcontext()

    def _in_focus(self, key: RowKey) -> bool:
        return self.row is not None and self.row.key == key

    def look_at(self, row: Row | None) -> None:
        """Put ``row`` in focus. What costs time waits until the cursor has settled."""
        before, self.row = self.row, row
        if (row and row.key) != (before and before.key):
            self.snapshot, self._failure, self._ending = None, "", ""
            if self._settling is not None:
                self._settling.stop()
            self._settling = self.set_timer(SETTLE_SECONDS, self._settled)
        elif row != before:
            self._read_ending()

    def _settled(self) -> None:
        self.activate()
        if self.row is None:
            self.draw()
        else:
            self._settling = self.set_timer(KEEP_SECONDS, self.draw)

    def take(self, key: RowKey, snapshot: Snapshot[Any]) -> None:
        """Show an answer, unless another workflow is in focus or a newer answer is shown."""
        latest = self.snapshot.history_length if self.snapshot else 0
        if not self._in_focus(key) or snapshot.history_length < latest:
            return
        self.snapshot, self._failure = snapshot, ""
        if self._reader is not None:
            self._reader.know(snapshot.history_length)
        self.draw()
        self.show(View.PAYLOAD, lambda: pretty(snapshot.view.model_dump_json(indent=2)))
        self.refresh_bindings()

    @on(FocusRead)
    def _focus_read(self, message: FocusRead) -> None:
        if not self._in_focus(message.key):
            return
        match message.content:
            case Snapshot() as snapshot:
                self.take(message.key, snapshot)
            case CallError() as error:
                self._failure = str(error)
                self.draw()
            case str() as ending:
                self._ending = ending
                self.draw()
                self.refresh_bindings()
            case events:
                self._open_row()
                self.add_events(events, anew=events[0].event_id == 1)

    def _read_ending(self) -> None:
        if self.row is not None and self.row.broken and not self._ending:
            self._read_in("ending", self._fetch_ending(self.row))

    async def _fetch_ending(self, row: Row) -> None:
        try:
            self.post_message(FocusRead(row.key, await self._gateway.ending(row.key)))
        except CallError:
            return  # the details then show the close status alone

    # Drawing.

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self.draw)

    def tick(self) -> None:
        """Let ages and deadlines move on."""
        if self.view is View.DETAILS and self._open_id == (self.row and self.row.key.workflow_id):
            self.draw()

    def draw(self) -> None:
        """Draw what is known of the workflow in focus."""
        self._open_row()
        if self.row is not None:
            self.show(View.DETAILS, partial(self._details, self.row))

    def _open_row(self) -> None:
        """Begin at the top if another workflow was shown."""
        workflow_id = self.row.key.workflow_id if self.row else None
        if self._open_id != workflow_id:
            self._open_id = workflow_id
            self.open(self._title)

    def _details(self, row: Row) -> Content:
        parts = [problem(self._end(row.broken))] if row.broken else []
        if row.task_failing:
            parts.append(problem(TASK_FAILING))
        if row.paused:
            answered, now = self.snapshot is not None, datetime.now(UTC)
            parts.append(paused(row, self._system, now, self.room, answered=answered))
        elif self._failure and row.broken != FAILED:  # a failed run tells itself what is wrong
            parts.append(problem(self._failure))
        if self.lead is not None:
            parts.insert(0, self.lead)
        if self.snapshot is not None:
            about = self._system.details(self.snapshot.view, self._detail_context(self.snapshot, row))
            possible = what_you_can_do(self.states(), self._actions(self.snapshot, row), self.room)
            parts += [about, possible] if self.lead is None else [possible, about]
        elif not parts or self.lead is not None:
            parts.append(Content.styled("reading …", "$tone-muted"))
        return Content("\n\n").join(parts)

    def _detail_context(self, snapshot: Snapshot[Any], row: Row) -> DetailContext:
        name = snapshot.row.stage  # the row of the list stands still once it has left the filter
        stage = next((stage for stage in self._system.stages if stage.name == name), None) or unknown_stage(name)
        operator, broken = self._gateway.operator, row.broken is not None
        return DetailContext(stage, self.room, datetime.now(UTC), operator, row.close_reason, broken)

    def _actions(self, snapshot: Snapshot[Any], row: Row) -> Sequence[Action]:
        if not row.close_reason:
            return snapshot.actions
        return [Action.of(action.name, action.label, "", row.close_reason) for action in snapshot.actions]

    def _end(self, broken: str) -> str:
        words = f"{broken}: {self._ending}" if self._ending else broken
        return words if broken == FAILED else f"this run was ended from outside: {words}"
