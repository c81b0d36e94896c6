"""Asks for the reason of an operation, for the ID typed where it is dangerous, and for the point of a reset."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from console.design.text import plain
from console.design.times import clock, in_local_time
from console.design.tone import Tone
from console.dialogs.base import Dialog, Question
from console.operations.operation import Decision, Operation
from console.operations.points import ResetPoint
from console.widgets.line_input import LineInput

MAX_WORDS = 70
"""Cells of what follows a point."""


class OperationDialog(Dialog[Decision]):
    """Asks for a decision on one operation; ``business_id`` must be typed where it is dangerous."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    OperationDialog {
        & > #dialog { max-width: 100; }
        .dialog--fields { height: auto; margin: 1 0 0 0; }
        .dialog--label { color: $text-muted; }
        LineInput { padding: 0 1; background: $field; &:focus { background: $field-focus; } }
        OptionList, OptionList:focus { height: auto; max-height: 10; border: none; background: $field; padding: 0; }
        OptionList:focus { background: $field-focus; }
        Checkbox { background: transparent; border: none; padding: 0; }
    }
    """

    def __init__(
        self,
        question: Question,
        operation: Operation,
        business_id: str,
        points: Sequence[ResetPoint],
        submit: Callable[[Decision], Awaitable[object]],
    ) -> None:
        super().__init__(replace(question, submit=submit, danger=operation.dangerous))
        self._operation, self._business_id, self._points = operation, business_id, points
        self._list = OptionList()
        self._reapply = Checkbox("apply later signals and updates again", value=True, compact=True)
        self._reason = LineInput(placeholder="why; it is kept in the history and in the journal", compact=True)
        self._typed = LineInput(placeholder=plain(business_id), compact=True)

    def body(self) -> ComposeResult:
        """Ask for what is needed, one below another."""
        if self._operation.resets:
            with Vertical(classes="dialog--fields"):
                yield Label("Back to before", classes="dialog--label")
                yield self._list
                yield self._reapply
        mark = Content.styled(" *", "$text-accent")
        with Vertical(classes="dialog--fields"):
            yield Label(Content("Reason") + mark, classes="dialog--label")
            yield self._reason
            if self._operation.dangerous:
                yield Label(Content("Type the ID to confirm") + mark, classes="dialog--label")
                yield self._typed

    def on_mount(self) -> None:
        """List the points, and give the keys to the first field."""
        self._list.set_options([Option(_drawn(point)) for point in self._points])
        self._list.highlighted = 0 if self._points else None
        (self._list if self._operation.resets else self._reason).focus()

    def flexible(self) -> tuple[Widget, int]:
        """Let the effect scroll, or the points."""
        return (self._list, 3) if self._operation.resets else (self.query_one(".dialog--effect-frame"), 2)

    @property
    def typed(self) -> object:
        """The reason, None if there is none."""
        return self._reason.value.strip() or None

    @on(Input.Changed)
    def _changed(self) -> None:
        if self.query_one("#answer", Static).has_class("-refused"):
            self.say("")

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _next(self) -> None:
        self.focus_next()

    def decision(self) -> Decision | None:
        """Return the decision; None, with what is missing, if it is not complete."""
        reason, typed = self._reason.value.strip(), self._typed.value.strip()
        if self._operation.resets and self._list.highlighted is None:
            self._miss("there is no point to go back to", self._list)
            return None
        if not reason:
            self._miss("reason: needed", self._reason)
            return None
        if self._operation.dangerous and typed not in (self._business_id, plain(self._business_id)):
            words = "type the ID as it stands above" if not typed else f"that is not the ID: {plain(typed, limit=60)}"
            self._miss(words, self._typed)
            return None
        point = self._points[self._list.highlighted].event_id if self._list.highlighted is not None else 0
        return Decision(reason=reason, point=point, reapply=self._reapply.value)

    def _miss(self, words: str, field: Widget) -> None:
        self.say(f"▲ {words}", "-refused")
        field.focus()


def _drawn(point: ResetPoint) -> Content:
    return Content.assemble(
        (f"{clock(point.at, datetime.now(UTC))}  {point.event_id:>5}  ", Tone.MUTED.style),
        (plain(in_local_time(point.words), limit=MAX_WORDS), "" if point.business else Tone.MUTED.style),
    )
