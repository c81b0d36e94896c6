"""The history of one run: the business timeline beside Temporal's events, followed live."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from console.clipboard import copy
from console.commands.screen_commands import KeysHelp, ScreenCommands
from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import problem
from console.exports import EXPORTS, file_name
from console.gateway.events.description import RunDescription, RunInfo
from console.gateway.gateway import Gateway
from console.gateway.rows import RowKey
from console.history.choice import Choice, ChoiceDialog
from console.history.command_line import show_command
from console.history.groups import History
from console.history.inspector import Inspector
from console.history.limits import Gauge, gauges
from console.history.limits_screen import LimitsScreen
from console.history.lines import View
from console.history.links import links
from console.history.panel import HistoryPanel
from console.history.reading import BusinessRead, Described, EventsRead, HistoryReader, ReadFailed, RunsRead
from console.history.state import run_words, state_line
from console.history.virtual_list import VirtualList
from console.keys import DIALOG_GROUP
from console.notice import Notice, Receipt
from console.private_file import write_private
from console.systems.system import ConsoleSystem, system_of
from console.web import show_run
from console.widgets.excerpt import Excerpt
from console.widgets.key_line import KeyLine
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.errors import CallError

TICK = 1.0
"""Seconds between two drawings of what is under way."""

VIEW_KEYS = {"b": View.BUSINESS, "e": View.EVENTS, "r": View.TREE, "t": View.TIMELINE}

FIRST_PAUSE = 0.1
"""Seconds in which the events come alone, so that they are drawn sooner."""

SIGNS = (
    ("✔ ▲ ✖", "done; failed, or fails and is tried again; cancelled"),
    ("◐ ◔ →", "under way; a timer that waits; a signal that came in"),
    ("▏", "what the business says of it, at the left"),
    ("·· ··", "a minute or more in which nothing happened"),
    ("↺", "an event that the run can be reset to, and the build of the worker"),
)


class HistoryScreen(Screen[None]):
    """Shows one run. ``key`` may leave the run ID empty for the latest run."""

    COMMANDS: ClassVar = {ScreenCommands}
    DEFAULT_CSS = """
    HistoryScreen {
        background: $surface;
        #history {
            height: 1fr; border: round $accent 70%; padding: 0 1;
            border-title-color: $tone-accent; border-title-style: bold; border-subtitle-color: $tone-muted;
        }
        #history-state { height: 1; padding: 0 1; color: $tone-muted; }
        #history-said { height: auto; max-height: 3; padding: 0 1; background: $background; display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="back"),
        Binding(
            "b", "show('business')", "Business", show=False, tooltip="the business timeline beside Temporal's events"
        ),
        Binding("e", "show('events')", "Events", show=False, tooltip="every event in a line"),
        Binding("r", "show('tree')", "Tree", show=False, tooltip="activities, timers, updates with their events"),
        Binding(
            "t", "show('timeline')", "Timeline", show=False, tooltip="bars: what took how long, and what ran beside it"
        ),
        Binding("v", "turn", "View", id="view", tooltip="the next of the four views"),
        Binding("f", "failure(1)", "Next failure", id="history.failure", tooltip="go to the next failure"),
        Binding("F", "failure(-1)", "Failure before", show=False, tooltip="go to the failure before"),
        Binding("p", "payload", "Payload", id="history.payload", tooltip="payloads and cause chain of the line"),
        Binding("l", "links", "Linked", id="history.links", tooltip="parent, children, senders, payments, other runs"),
        Binding(
            "D",
            "compare",
            "Compare",
            id="history.compare",
            tooltip="beside another run of the same ID, or a marked row",
        ),
        Binding("x", "export", "Export", id="history.export", tooltip="as JSON that a replayer takes, into a file"),
        Binding("y", "copy_id", "Copy ID", show=False, tooltip="copy the workflow ID"),
        Binding("Y", "copy_command", "Copy command", show=False, tooltip="copy the temporal command that shows this"),
        Binding("o", "open_web", "Web UI", show=False, tooltip="open the run in Temporal's Web UI"),
        Binding(
            "O",
            "operations",
            "Operations",
            show=False,
            tooltip="cancel, terminate, reset, pause, start again; says what each does to the business",
        ),
        Binding("g", "limits", "Limits", show=False, tooltip="how full it is: events, size, updates, signals"),
        Binding("question_mark", "explain", "Help", id="help", key_display="?"),
    ]

    def __init__(
        self,
        gateway: Gateway,
        settings: ConsoleSettings,
        key: RowKey,
        systems: Sequence[ConsoleSystem[Any, Any]],
        marked: Sequence[RowKey] = (),
    ) -> None:
        super().__init__()
        self._gateway, self._settings, self._systems, self._marked = gateway, settings, systems, marked
        self._run = gateway.history(key)
        self._run.begin()
        self._system = system = system_of(key.workflow_id, systems)
        self._reader = HistoryReader(gateway, self._run, system, self.post_message)
        self.history = History()
        told = system is not None and system.timeline is not None
        self.panel = HistoryPanel(self.history, View.BUSINESS if told else View.TREE)
        self._related: Sequence[str] = ()
        self._description: RunDescription | None = None
        self._runs: Sequence[RunInfo] | None = None
        self._trouble: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        """Lay out the lines above what is said, and the keys."""
        self.panel.id = "history"
        yield self.panel
        yield Excerpt(id="history-state")
        yield Excerpt(id="history-said")
        yield KeyLine()

    def on_mount(self) -> None:
        """Start reading."""
        self.panel.focus()
        self._start(self._reader.events)
        self.set_timer(FIRST_PAUSE, self._read_more)
        self.set_interval(TICK, self.panel.tick)
        self._title()

    def _read_more(self) -> None:
        for read in (self._reader.description, self._reader.business, self._reader.runs):
            self._start(read)

    def _start(self, read: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.run_worker(read(), group="history", exit_on_error=False)

    # What has been read.

    @on(EventsRead)
    def _events_read(self, message: EventsRead) -> None:
        first = not self.history.events
        self.history.add(message.events)
        if self._description is not None:
            self.history.take_pending(self._description.pending)
        if first:
            self.panel.lay_out()
        else:
            self.panel.lay_out_soon()
        self._title()

    @on(Described)
    def _described(self, message: Described) -> None:
        before, self._description = self._description, message.description
        self.history.take_pending(message.description.pending)
        self.panel.reset_points = message.description.reset_points
        if before is None or before.pending != message.description.pending:
            self.panel.lay_out_soon()
        self._title()

    @on(BusinessRead)
    def _business_read(self, message: BusinessRead) -> None:
        self._say_trouble("business", message.problem and f"no business timeline: {message.problem}")
        if message.problem:
            return
        self._related = message.related
        if list(message.entries) != list(self.panel.entries):
            self.panel.entries = message.entries
            self.panel.lay_out_soon()

    @on(RunsRead)
    def _runs_read(self, message: RunsRead) -> None:
        self._runs = message.runs
        self._title()

    @on(ReadFailed)
    def _read_failed(self, message: ReadFailed) -> None:
        self._say_trouble("history", message.reason)

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.say(problem(f"unexpected error: {event.worker.error}"))

    def _say_trouble(self, about: str, words: str) -> None:
        before = self._trouble
        self._trouble = {
            **{key: text for key, text in before.items() if key != about},
            **({about: words} if words else {}),
        }
        if self._trouble != before:
            self.say(Content("\n").join(map(problem, self._trouble.values())))

    def say(self, content: Content) -> None:
        """Show what a key did, or why something is not known; nothing hides the line."""
        said = self.query_one("#history-said", Static)
        said.display = bool(content)
        said.update(content)

    def _title(self) -> None:
        frame, key = self.query_one("#history"), self._run.key
        frame.border_title = Content(f"{plain(key.workflow_id, limit=80)}{run_words(key, self._runs, self.history)}")
        frame.border_subtitle = Content(" · ").join(map(self._view_name, VIEW_KEYS.items()))
        state = state_line(self.history, self._description, complete=self._run.complete)
        self.query_one("#history-state", Static).update(state)

    def _view_name(self, view: tuple[str, View]) -> Content:
        key, name = view
        style = "bold $tone-accent" if name is self.panel.view else Tone.MUTED.style
        return Content.assemble((f"{key} ", "bold $tone-accent"), (name.value, style))

    # Keys.

    def action_show(self, view: str) -> None:
        """Show a view."""
        self.panel.turn(View(view))
        self._title()

    def action_turn(self) -> None:
        """Show the next view."""
        views = list(View)
        self.action_show(views[(views.index(self.panel.view) + 1) % len(views)])

    def action_failure(self, step: int) -> None:
        """Go to the next failure, or the one before."""
        nothing = "nothing failed" if self._run.complete else "nothing failed so far"
        self.say(Tone.MUTED.styled(self.panel.go_to_failure(step) or nothing))

    @on(VirtualList.Chosen)
    def action_open(self) -> None:
        """Open the other workflow of the line, or its payload."""
        line = self.panel.focused_line
        group = line.group if line is not None else None
        if group is not None and group.link is not None:
            self._open_run(group.link)
        else:
            self.action_payload()

    def action_payload(self) -> None:
        """Show the payloads and failures of the line."""
        line = self.panel.focused_line
        if line is None or line.group is None:
            words = line.text if line is not None and line.text else "this line has no payload"
            self.say(Content(plain(words)))
            return
        events = [line.event] if line.event is not None else line.group.events
        ref = line.group.first.ref if line.group.pending is not None else ""
        read = partial(self._run.documents, [event.event_id for event in events], ref)
        title = f"{line.group.subject} {line.group.name}" if line.event is None else f"event {line.event.event_id}"
        self.app.push_screen(Inspector(title, read))

    def action_links(self) -> None:
        """Choose one of the other workflows that this one has to do with, or another run of it."""
        self.run_worker(self._choose_link(), group=DIALOG_GROUP, exit_on_error=False)

    async def _choose_link(self) -> None:
        related = await self._existing(self._related)
        choices = [*links(self.history, self._description, related), *self._other_runs()]
        dialog = ChoiceDialog(
            "Linked workflows and other runs", choices, "It has no parent, child, sender or other run."
        )
        if (chosen := await self.app.push_screen_wait(dialog)) is not None:
            self._open_run(chosen)

    async def _existing(self, related: Sequence[str]) -> Sequence[str]:
        """Return those of the workflows that there are; all where the server cannot tell."""
        try:
            return await self._gateway.existing(related)
        except CallError:
            return related

    def _open_run(self, key: RowKey) -> None:
        self.app.push_screen(HistoryScreen(self._gateway, self._settings, key, self._systems))

    def _other_runs(self) -> list[Choice]:
        return [
            Choice("run", run.key, f"{run.status}, started {run.started_at.astimezone():%d %b %H:%M:%S}")
            for run in self._runs or ()
            if run.key != self._run.key
        ]

    def action_compare(self) -> None:
        """Choose another run, and show both side by side."""
        self.run_worker(self._choose_other(), group=DIALOG_GROUP, exit_on_error=False)

    async def _choose_other(self) -> None:
        marked = [Choice("marked", key) for key in self._marked if key != self._run.key]
        choices = [*marked, *self._other_runs()]
        if not choices:
            self.say(
                Tone.MUTED.styled("this ID has no other run; mark a row of the list (space) to compare it with that")
            )
            return
        chosen: RowKey | None = choices[0].key
        if len(choices) > 1:
            chosen = await self.app.push_screen_wait(ChoiceDialog("Compare with", choices, ""))
        if chosen is not None:
            from console.history.compare_screen import CompareScreen

            self.app.push_screen(CompareScreen(self._gateway, self._run.key, chosen, self._systems))

    def action_export(self) -> None:
        """Write the history to a file."""
        self.run_worker(self._export(), group="export", exclusive=True, exit_on_error=False)

    async def _export(self) -> None:
        if not self._run.complete:
            self.say(problem(f"{len(self.history.events):,} events have been read so far; export it once all have"))
            return
        key = self._run.key
        path = self._settings.data_dir / EXPORTS / f"{file_name('history', f'{key.workflow_id}-{key.run_id}')}.json"
        try:
            text = await asyncio.to_thread(self._run.to_json)
            await asyncio.to_thread(write_private, path, text)
        except OSError as error:
            self.say(problem(f"{path} cannot be written: {error.strerror or error}"))
            return
        self.say(Tone.DONE.styled(plain(f"✔ {len(self.history.events):,} events in {path}; a replayer takes it")))

    def action_copy_id(self) -> None:
        """Copy the workflow ID."""
        self.run_worker(self._copy(self._run.key.workflow_id), group="copy", exit_on_error=False)

    def action_copy_command(self) -> None:
        """Copy the command that shows this history."""
        self.run_worker(self._copy(show_command(self._gateway.state.server, self._run.key)), exit_on_error=False)

    async def _copy(self, text: str) -> None:
        self.say(Tone.MUTED.styled(plain(f"copied {text} {await copy(self.app, text)}")))

    def action_open_web(self) -> None:
        """Open the run in Temporal's Web UI."""
        self.run_worker(self._open_web(), group="web", exit_on_error=False)

    async def _open_web(self) -> None:
        self.say(Tone.MUTED.styled(plain(await show_run(self.app, self._gateway.state.server, self._run.key))))

    def action_limits(self) -> None:
        """Show how full the run is."""
        self.app.push_screen(LimitsScreen(self._gauges))

    def _gauges(self) -> Sequence[Gauge] | None:
        return gauges(self.history, self._description) if self._description is not None else None

    def action_operations(self) -> None:
        """Offer Temporal's own operations on this run."""
        if self._system is None:
            self.say(problem("operations: this console has no tab for this workflow"))
        else:
            self.run_worker(self._operate(self._system), group=DIALOG_GROUP, exit_on_error=False)

    async def _operate(self, system: ConsoleSystem[Any, Any]) -> None:
        from console.operations.runner import operate

        try:
            await operate(self, self._gateway, system, self._run.key, self._read_runs)
        except CallError as error:
            self.say(problem(f"operations: {error}"))

    def _read_runs(self) -> None:
        """List the runs again: a reset or another start has begun one."""
        self._start(self._reader.new_runs)

    @on(Notice)
    def _noticed(self, message: Notice) -> None:
        """Say here, too, what the line of receipts says behind this screen."""
        content = message.content
        if isinstance(content, Receipt):
            sign = "✔" if content.ok else "▲"
            tone = Tone.DONE if content.ok else Tone.HUMAN
            self.say(tone.styled(plain(f"{sign} {content.action} {content.target}: {content.text}")))
        else:
            self.say(Tone.MUTED.styled(plain(content)))

    def action_explain(self) -> None:
        """Explain the keys."""
        self.app.push_screen(KeysHelp("History", self, SIGNS))
