"""The base of every pane: its keys, and what they send.

A system's pane says what is its own: stages, columns, how its details read, and how its actions are asked for and sent.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Input

from console.gateway.rows import Row
from console.model import PaneAction
from console.panes.focus_pane import FocusPane
from console.panes.legality import Judged, judge, meant
from console.panes.messages import ListRead, Said
from console.panes.target import Target
from workflows.shared.errors import CallError

ViewT = TypeVar("ViewT", bound=BaseModel)
Handler = Callable[[Target[ViewT]], Awaitable[None]]


def key_bindings(actions: tuple[PaneAction, ...]) -> list[BindingType]:
    """Return one binding for each key of ``actions``, for a pane's ``BINDINGS``."""
    first: dict[str, PaneAction] = {}
    for action in actions:
        first.setdefault(action.key, action)
    return [Binding(key, f"act('{key}')", action.label, id=f"act.{action.name}") for key, action in first.items()]


class SystemPane(FocusPane[ViewT], Generic[ViewT]):
    """One system's tab. ``ViewT`` is the model with which a workflow answers about itself."""

    @abstractmethod
    async def create(self) -> None:
        """Ask for a new one and start it."""

    @abstractmethod
    def handlers(self) -> Mapping[str, Handler[ViewT]]:
        """Return what asks and sends, by name, for each of the pane's actions that names a target."""

    def judged(self) -> Sequence[Judged]:
        """Return what each of the pane's keys may do now, one for each key."""
        by_key: dict[str, list[Judged]] = {}
        for action in self.actions:
            by_key.setdefault(action.key, []).append(self._judge(action))
        return [meant(judged) for judged in by_key.values()]

    def _judge(self, action: PaneAction) -> Judged:
        return judge(action, self.answers, self.focused_row, read_only=self.settings.read_only, noun=self.noun)

    def judged_key(self, key: str) -> Judged | None:
        """Return what ``key`` may do now, None when it is no key of the pane."""
        return next((judged for judged in self.judged() if judged.action.key == key), None)

    def word_for(self, key: str) -> str | None:
        """Return the footer's word for a key: that of the action which is meant now."""
        judged = self.judged_key(key)
        return judged.action.label if judged is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim a key whose action is not legal now; while that is not known it stays as it is."""
        if action != "act":
            return super().check_action(action, parameters)
        judged = self.judged_key(str(parameters[0]))
        return None if judged is None or judged.allowed is False else True

    def on_key(self, event: Key) -> None:
        """Answer a dimmed key too: Textual runs no action for it, but the operator must learn why."""
        if isinstance(self.app.focused, Input):
            return
        judged = self.judged_key(event.key)
        if judged is not None and judged.allowed is False:
            event.stop()
            self.act(judged)

    def action_act(self, key: str) -> None:
        """Do what ``key`` means now."""
        judged = self.judged_key(key)
        if judged is not None:
            self.act(judged)

    def act(self, judged: Judged) -> None:
        """Do it, or say why not. What it acts on is frozen now, and what was said of the action before is gone."""
        self.table.hold()
        self.post_message(Said(""))
        if judged.allowed is False:
            self.refuse(judged)
        elif not judged.action.names_target:
            self.start("act", self._quietly(self.create()), exclusive=False)
        elif self.focused_row is not None:
            self.start("act", self._act(judged, self.focused_row, self._view), exclusive=False)

    def refuse(self, judged: Judged) -> None:
        """Say why a key does nothing now."""
        target = self.focused_row
        on = f" {target.business_id}" if target and judged.action.names_target else ""
        self.post_message(Said(f"{judged.action.label.lower()}{on}: not now, {judged.why}"))

    async def _act(self, judged: Judged, row: Row, view: ViewT | None) -> None:
        if judged.allowed is None or view is None:
            words = f"{judged.action.label.lower()} {row.business_id}: reading … "
            self.post_message(Said(f"{words}no answer yet"))
            try:
                view, answers = await self.ask(row)
            except CallError as error:
                self.post_message(Said(f"{words}{error}"))
                return
            self.post_message(Said(""))
            judged = judge(judged.action, answers, row, read_only=self.settings.read_only, noun=self.noun)
        if not judged.allowed:
            self.refuse(judged)
            return
        await self._quietly(self.handlers()[judged.action.name](Target(row, view, judged.effect)))

    async def _quietly(self, work: Awaitable[None]) -> None:
        try:
            await work
        except CallError:
            return  # its receipt is on the screen

    async def send(self, action: str, target: str, call: Awaitable[str], *, workflow_id: str) -> None:
        """Make a call that changes something, show its receipt, and show what the workflow is after it.

        ``action`` and ``target`` are words for people; ``call`` answers with words on what happened.

        Raises:
            CallError: it was refused, or no answer came; the text says which.
        """
        receipt = await self.gateway.perform(action, target, call)
        self.post_message(Said(receipt))
        if receipt.ok is not False:
            await self._catch_up(workflow_id)
        self.wake()
        if not receipt.ok:
            raise CallError(receipt.text)

    async def _catch_up(self, workflow_id: str) -> None:
        row = next((row for row in self.table.shown_rows if row.key.workflow_id == workflow_id), None)
        if row is None:
            return
        try:
            self._listing.answered(row.key, await self.client().get_summary(workflow_id))
        except CallError:
            return  # the list will tell
        self.post_message(ListRead(self._listing.snapshot()))
