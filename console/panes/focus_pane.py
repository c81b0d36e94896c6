"""The right half of a pane: the workflow in focus, read by queries and followed by its history."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.timer import Timer

from console.design.text import plain
from console.details.detail_view import DetailView, View
from console.details.sections import pretty, problem, what_you_can_do
from console.gateway.gateway import Gateway
from console.gateway.rows import FAILED, Row, RowKey
from console.listing.row_table import RowTable
from console.model import Stage, unknown_stage
from console.panes.asking import OneAtATime
from console.panes.legality import Judged
from console.panes.list_pane import ListPane
from console.panes.messages import DetailFailed, DetailRead, EndingRead, HistoryRead, Said
from console.panes.pollers import FocusPoller
from console.settings import ConsoleSettings
from console.web import show_run
from workflows.shared.actions import Action, Viewer
from workflows.shared.errors import CallError

ViewT = TypeVar("ViewT", bound=BaseModel)

SETTLE_SECONDS = 0.1
"""A cursor that moves on within this time opens nothing and asks nothing."""
PATIENCE_SECONDS = 0.25
"""So long the details before stay while the workflow in focus has not answered: mostly there is no need to say so."""


class FocusPane(ListPane, Generic[ViewT]):
    """Shows everything about the workflow under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="back"),
        Binding("v", "turn", "View", id="view"),
        Binding("o", "open_web", "Web UI", id="web"),
        Binding("y", "copy_id", "Copy ID", id="copy"),
    ]

    def __init__(self, gateway: Gateway, settings: ConsoleSettings) -> None:
        super().__init__(gateway, settings)
        self._focus = FocusPoller[ViewT](gateway, self.ask, self.post_message)
        self._asking = OneAtATime[tuple[ViewT, list[Action]]]()
        self._detail = DetailView()
        self._focused: Row | None = None
        self._open: RowKey | None = None
        self._view: ViewT | None = None
        self._answers: list[Action] | None = None
        self._failure = ""
        self._ending = ""
        self._settling: Timer | None = None

    @abstractmethod
    async def read(self, row: Row) -> ViewT:
        """Ask the workflow for everything about itself. Raises ``CallError``."""

    @abstractmethod
    def describe(self, row: Row, view: ViewT, width: int, now: datetime) -> Content:
        """Return the details; what is laid out in columns takes ``width`` cells."""

    @abstractmethod
    def judged(self) -> Sequence[Judged]:
        """Return what each of the pane's keys may do now."""

    def compose_right(self) -> ComposeResult:
        """Lay out the details."""
        yield self._detail

    def on_mount(self) -> None:
        """Begin with nothing in focus."""
        self._detail.open(f"no {self.noun} chosen")

    @property
    def focused_row(self) -> Row | None:
        """The workflow in focus."""
        return self._focused

    @property
    def answers(self) -> list[Action] | None:
        """What may be done to the workflow in focus, by its own word unless its run was ended; None before it spoke."""
        if self._answers is None or self._focused is None or not self._focused.ended:
            return self._answers
        return [Action.illegal(answer.name, answer.label, self._focused.ended) for answer in self._answers]

    def stage_named(self, name: str) -> Stage:
        """Return how the stage of that name is shown."""
        return next((stage for stage in self.stages if stage.name == name), unknown_stage(name))

    async def ask(self, row: Row) -> tuple[ViewT, list[Action]]:
        """Ask a workflow about itself, and what the operator may do. Raises ``CallError``."""
        return await self._asking.ask(row.key, lambda: self._ask(row))

    async def _ask(self, row: Row) -> tuple[ViewT, list[Action]]:
        view = await self.read(row)
        viewer = Viewer(person=self.gateway.operator)
        return view, await self.client().get_actions(row.key.workflow_id, viewer)

    def show_answer(self, row: Row, view: ViewT, actions: list[Action]) -> None:
        """Show what a workflow just answered about itself, without asking again."""
        self.post_message(DetailRead(row.key, view, actions))

    def activate(self) -> None:
        """Start reading: the tab is on."""
        super().activate()
        self._poll_focus()

    def deactivate(self) -> None:
        """Stop reading: another tab is on."""
        super().deactivate()
        self.stop("focus")
        self.stop("follow")

    def wake(self) -> None:
        """Read everything again now."""
        super().wake()
        self._focus.ticker.wake()

    def tick(self) -> None:
        """Let ages and deadlines move on."""
        if self._detail.view is View.DETAILS and self._open == self._focused_key:
            self.draw_details()

    def show_rows(self) -> None:
        """Show the rows, and look whether another one is in focus now."""
        super().show_rows()
        self._look_at_focus()

    @on(RowTable.CursorMoved)
    def _look_at_focus(self) -> None:
        """Notice another row under the cursor. What costs time waits until the cursor has settled."""
        row, before = self.table.focused_row, self._focused
        self._focused = row
        if (row and row.key) != (before and before.key):
            self._view, self._answers, self._failure, self._ending = None, None, "", ""
            if self._settling is not None:
                self._settling.stop()
            self._settling = self.set_timer(SETTLE_SECONDS, self._open_focus)
        elif row != before:
            self._focus.ticker.wake()
            self._ask_why_it_ended()

    def _open_focus(self) -> None:
        self._poll_focus()
        if self._focused is None:
            self.draw_details()
        else:
            self._settling = self.set_timer(PATIENCE_SECONDS, self.draw_details)

    @property
    def _focused_key(self) -> RowKey | None:
        return self._focused.key if self._focused else None

    def _turn_to_focus(self) -> None:
        """Show the workflow in focus, from its top, if another one is shown."""
        if self._open != self._focused_key:
            self._open = self._focused_key
            title = self._focused.business_id if self._focused else f"no {self.noun} chosen"
            self._detail.open(title)

    def _poll_focus(self) -> None:
        if self._focused is None:
            self.stop("focus")
            self.stop("follow")
        else:
            self.start("focus", self._focus.run(self._focused))
            self.start("follow", self._focus.follow(self._focused))
            self._ask_why_it_ended()

    def _ask_why_it_ended(self) -> None:
        if self._focused is not None and self._focused.broken and not self._ending:
            self.start("ending", self._read_ending(self._focused))

    async def _read_ending(self, row: Row) -> None:
        try:
            self.post_message(EndingRead(row.key, await self.gateway.ending(row.key)))
        except CallError:
            return  # the list's word for it must do

    @on(EndingRead)
    def _ending_read(self, message: EndingRead) -> None:
        if self._focused is not None and message.key == self._focused.key:
            self._ending = message.words
            self.draw_details()
            self.refresh_bindings()

    @on(DetailRead)
    def _detail_read(self, message: DetailRead[ViewT]) -> None:
        if self._focused is None or message.key != self._focused.key:
            return
        self._view, self._answers, self._failure = message.view, message.actions, ""
        self.draw_details()
        self._detail.show(View.PAYLOAD, lambda: pretty(message.view.model_dump_json(indent=2)))
        self.refresh_bindings()

    @on(DetailFailed)
    def _detail_failed(self, message: DetailFailed) -> None:
        if self._focused is not None and message.key == self._focused.key:
            self._failure = message.reason
            self.draw_details()

    @on(HistoryRead)
    def _history_read(self, message: HistoryRead) -> None:
        if self._focused is not None and message.key == self._focused.key:
            self._turn_to_focus()
            self._detail.add_events(message.lines, anew=message.anew)

    def on_resize(self, _: Resize) -> None:
        """Lay the details out for the new width."""
        self.call_after_refresh(self.draw_details)

    def draw_details(self) -> None:
        """Draw what is known of the workflow in focus."""
        self._turn_to_focus()
        if self._focused is not None:
            row = self._focused
            self._detail.show(View.DETAILS, lambda: self._details(row))

    def _details(self, row: Row) -> Content:
        width, now = self._detail.room, datetime.now(UTC)
        parts = [problem(self._end(row.broken))] if row.broken else []
        if self._failure and row.broken != FAILED:  # a failed run says itself what is wrong
            parts.append(problem(self._failure))
        if self._view is not None:
            parts.append(self.describe(row, self._view, width, now))
            parts.append(what_you_can_do(self.judged(), self.answers or [], width))
        elif not parts:
            parts.append(Content.styled("reading …", "$tone-muted"))
        return Content("\n\n").join(parts)

    def _end(self, broken: str) -> str:
        words = f"{broken}: {self._ending}" if self._ending else broken
        return words if broken == FAILED else f"this run was ended from outside: {words}"

    @on(RowTable.Chosen)
    def _open_details(self) -> None:
        self.add_class("-details")
        self.draw_details()
        self._detail.focus()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back where there is one."""
        if action == "back":
            return self._in_details or self.filtered
        return super().check_action(action, parameters)

    @property
    def _in_details(self) -> bool:
        return self._detail.has_focus or self.has_class("-details")

    def action_back(self) -> None:
        """Go back one step: from the details to the list, from a filter to all."""
        if self._in_details:
            self.remove_class("-details")
            self.table.focus()
        else:
            self.clear_filter()

    def show_view(self, view: View) -> None:
        """Show one view of the workflow in focus."""
        self._detail.turn(view)

    def action_turn(self) -> None:
        """Show the next view of the workflow in focus."""
        self.table.hold()
        self._detail.turn(self._detail.view.next)

    def action_open_web(self) -> None:
        """Open the run in Temporal's Web UI."""
        if self._focused is not None:
            self.post_message(Said(show_run(self.gateway.state.server, self._focused.key)))

    def action_copy_id(self) -> None:
        """Copy the ID to the clipboard."""
        if self._focused is not None:
            self.app.copy_to_clipboard(self._focused.business_id)
            self.post_message(Said(f"copied {plain(self._focused.business_id)}"))
