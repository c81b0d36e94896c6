"""The dialog of one action on many workflows: each with its effect, and later with its answer."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import ValidationError
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static, TextArea

from console.batch.batch import Batch, BatchItem, ItemStatus
from console.commands.command import Words
from console.design.text import plain
from console.design.times import in_local_time
from console.design.tone import Tone
from console.dialogs.base import Dialog, Question
from console.widgets.line_input import LineInput
from workflows.shared.counts import number_of
from workflows.shared.errors import CallError

SIGNS: dict[ItemStatus, tuple[str, Tone]] = {
    ItemStatus.READING: ("…", Tone.MUTED),
    ItemStatus.READY: ("○", Tone.WAITING),
    ItemStatus.ILLEGAL: ("·", Tone.STOPPED),
    ItemStatus.SENDING: ("◐", Tone.MOVING),
    ItemStatus.DONE: ("✔", Tone.DONE),
    ItemStatus.FAILED: ("✖", Tone.HUMAN),
}

MIN_ROWS = 4
"""Lines that the workflows keep where room is short."""


class BatchDialog(Dialog[Mapping[str, str | None]]):
    """Asks once for all, or for a text each, and stays open until every workflow has answered."""

    KEYS = "ctrl+s accept · esc leave, or stop"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+e", "each", "For each", show=False, priority=True)]
    DEFAULT_CSS = """
    BatchDialog {
        & > #dialog { max-width: 120; }
        #batch-items { height: auto; margin: 1 0 0 0; }
        .batch--item { height: auto; }
        .batch--words { display: none; margin: 0 0 0 2; padding: 0 1; background: $field; }
        &.-each .batch--words { display: block; }
        &.-each #batch-all { display: none; }
        .batch--asked { height: auto; margin: 1 0 0 0; }
        .batch--label { color: $text-muted; }
        .batch--hint { color: $text-muted; }
        TextArea {
            height: auto; min-height: 2; max-height: 5; padding: 0 1; background: $field;
            &:focus { background: $field-focus; }
        }
    }
    """

    def __init__(self, batch: Batch) -> None:
        title = f"{batch.command.title}: {number_of(len(batch.items), batch.noun)}"
        accept = f"{batch.command.accept} for all"
        super().__init__(Question(title, "", batch.words(), accept, batch.command.dangerous, batch.send))
        self._batch = batch
        self._ask = batch.command.ask if isinstance(batch.command.ask, Words) else None
        self._lines: dict[BatchItem, tuple[Static, Input]] = {}
        self._words = TextArea(compact=True, highlight_cursor_line=False, id="batch-all")
        self._hint = Static(classes="batch--hint")
        self._list = VerticalScroll(id="batch-items", can_focus=True)
        batch.changed = self._show

    def body(self) -> ComposeResult:
        """List the workflows above the question."""
        with self._list:
            for item in self._batch.items:
                line, words = Static(_line(item)), LineInput(classes="batch--words", compact=True)
                self._lines[item] = line, words
                with Vertical(classes="batch--item"):
                    yield line
                    if self._ask is not None:
                        yield words
        if self._ask is not None:
            mark = Content.styled(" *", "$text-accent") if self._ask.required else Content(", if you like")
            with Vertical(classes="batch--asked"):
                yield Label(Content(self._ask.label) + mark, classes="batch--label")
                yield self._words
                yield self._hint

    def on_mount(self) -> None:
        """Ask the workflows."""
        (self._words if self._ask is not None else self._list).focus()
        self._show_hint()
        self.run_worker(self._batch.read_all(), group="reading", exit_on_error=False)

    def action_each(self) -> None:
        """Ask for a text for each, or for one for all again."""
        if self._ask is not None and not self.waiting:
            self.toggle_class("-each")
            (next(iter(self._lines.values()))[1] if self._each else self._words).focus()
            self._show_hint()
            self.call_after_refresh(self._fit)

    def _show_hint(self) -> None:
        label = self._ask.label.lower() if self._ask else ""
        words = f"one {label} for all" if self._each else f"a {label} for each"
        self._hint.update(Content.assemble(("ctrl+e", "bold $tone-accent"), f" {words}"))

    @property
    def _each(self) -> bool:
        return self.has_class("-each")

    @property
    def typed(self) -> object:
        """What was typed, None if nothing was."""
        words = (self._words.text, *(field.value for _, field in self._lines.values()))
        return words if any(text.strip() for text in words) else None

    def flexible(self) -> tuple[Widget, int]:
        """Let the workflows scroll."""
        return self._list, MIN_ROWS

    def decision(self) -> Mapping[str, str | None] | None:
        """Return the words for each workflow that can be sent, by its ID."""
        items, ask = self._batch.open_items, self._ask
        if any(item.status is ItemStatus.READING for item in self._batch.items):
            self.say("▲ not all have answered yet", "-refused")
            return None
        if not items:
            self.say(f"▲ it is not possible for any of them: {self._batch.items[0].text}", "-refused")
            return None
        if ask is None:
            return dict.fromkeys((item.row.key.workflow_id for item in items), None)
        words = {item: (self._lines[item][1].value if self._each else self._words.text).strip() for item in items}
        missing = next((item for item in items if ask.required and not words[item]), None)
        if missing is not None:
            of = f" of {missing.row.business_id}" if self._each else ""
            self.say(f"▲ {ask.label.lower()}{of}: needed", "-refused")
            (self._lines[missing][1] if self._each else self._words).focus()
            return None
        return {item.row.key.workflow_id: text for item, text in words.items()}

    def refused(self, refusal: CallError | ValidationError) -> None:  # noqa: ARG002 - it is shown as the answer
        """Say what is left to be done."""
        self.show_effect(self._batch.words())

    def action_leave(self) -> None:
        """Stop sending, or leave."""
        if self.waiting:
            self._batch.stop()
            self.say("stopping after those that are under way …", "-waiting")
        else:
            super().action_leave()

    def _show(self, item: BatchItem) -> None:
        """Show an item as it is now, and what is about to be done."""
        if not self.is_mounted:
            return
        line, words = self._lines[item]
        line.update(_line(item))
        words.disabled = item.status in {ItemStatus.ILLEGAL, ItemStatus.DONE}
        if not self.waiting:
            self.show_effect(self._batch.words())


def _line(item: BatchItem) -> Content:
    sign, tone = SIGNS[item.status]
    row = item.row
    start = Content.assemble(
        (f"{sign} ", tone.style), (plain(row.business_id), "bold"), f"  {plain(row.title, limit=40)}"
    )
    if not item.text:
        return start
    said = in_local_time(plain(item.text))
    return Content.assemble(start, "\n    ", (said, tone.style if item.status is not ItemStatus.READY else ""))
