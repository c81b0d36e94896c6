"""What all fields of a form have in common."""

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

from console.forms.spec import MISSING, FieldSpec

Loc = tuple[int | str, ...]
"""Where in the model an error is, as pydantic says it."""

UNREADABLE = object()
"""In place of a value that cannot be read."""


class FormField(Vertical):
    """One field: it knows its value, and shows beside itself what is wrong with it."""

    DEFAULT_CSS = """
    FormField {
        height: auto;
        .form--hint { width: 1fr; height: auto; padding: 0 1; color: $text-muted; display: none; }
        .form--hint.-shown { display: block; }
        .form--hint.-problem { color: $text-error; }
    }
    """

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec = spec
        self._hint = Static(classes="form--hint")
        self._hint_text = ""
        self._problem: str | None = None

    def on_mount(self) -> None:
        """Show the hint once there is a form around it."""
        self.refresh_hint()

    @property
    def text(self) -> str | None:
        """What was typed or chosen, None if this field has no control of its own."""
        return None

    @property
    def is_needed(self) -> bool:
        """Whether it is required and still empty."""
        return self.spec.required and self.text == ""

    def read(self, problems: "Problems") -> object:
        """Return the value, ``MISSING`` if nothing was given, or ``UNREADABLE`` with the reason in ``problems``."""
        raise NotImplementedError

    def locate(self, loc: Loc) -> tuple["FormField", Loc]:
        """Return the field that shows an error at ``loc``, and the rest of ``loc`` within it."""
        return self, loc

    def propose(self, loc: Loc, choices: Sequence[str]) -> None:
        """Let the field at ``loc`` within this one propose texts, if it is typed."""

    def limit_text(self, limit: Any) -> str:  # noqa: ANN401 - of the field's own type
        """Return a limit of this field as its values are written."""
        return str(limit)

    def first_control(self) -> Widget | None:
        """Return the widget that gets the focus when this field is to be filled in."""
        return next((widget for widget in self.query("*") if widget.focusable), None)

    def show_problem(self, problem: str | None) -> None:
        """Show what is wrong, or nothing."""
        self._problem = problem
        self.set_class(problem is not None, "-invalid")
        self.refresh_hint()

    def hint(self) -> str:
        """Return the text beside the field when nothing is wrong."""
        return self.spec.help

    def refresh_hint(self) -> None:
        """Show the problem, or the hint."""
        text = self.hint() if self._problem is None else f"▲ {self._problem}"
        self._hint.set_class(bool(text), "-shown")
        self._hint.set_class(self._problem is not None, "-problem")
        if text != self._hint_text:  # an update lays out the whole form again
            longest = max(Content(text).cell_length, Content(self._hint_text).cell_length)
            same_height = bool(text and self._hint_text) and longest <= self._hint.content_size.width
            self._hint_text = text
            self._hint.update(Content(text), layout=not (same_height and "\n" not in text))


Problems = dict[FormField, str]
"""What could not be read, by field."""


class LabelledField(FormField):
    """A field with its label at the left and one control at the right."""

    DEFAULT_CSS = """
    LabelledField {
        layout: horizontal;
        & > .form--label { width: 22; height: 1; padding: 0 1 0 0; color: $foreground; }
        & > .form--body { width: 1fr; height: auto; }
        &:focus-within > .form--label { color: $text-accent; text-style: bold; }
        &.-invalid > .form--label { color: $text-error; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out label, control and hint."""
        mark = Content.styled(" *", "$text-accent") if self.spec.required else Content("")
        yield Label(Content(self.spec.label) + mark, classes="form--label")
        with Vertical(classes="form--body"):
            yield self.control()
            yield self._hint

    def control(self) -> Widget:
        """Return the widget that takes the value."""
        raise NotImplementedError

    def empty(self) -> object:
        """Return the value of an empty control."""
        return None if self.spec.nullable else MISSING
