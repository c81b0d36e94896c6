"""What all fields of a form have in common."""

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

from console.forms.messages import Show
from console.forms.spec import MISSING, FieldSpec

Loc = tuple[int | str, ...]
"""Where in the model an error is, as pydantic says it."""

UNREADABLE = object()
"""In the place of a value that could not be read."""


class Reading:
    """One pass over the form: what could not be read, and where."""

    def __init__(self) -> None:
        self.problems: dict[FormField, str] = {}

    def unreadable(self, field: "FormField", problem: str) -> object:
        """Note the problem, and return what stands for the value."""
        self.problems[field] = problem
        return UNREADABLE


class FormField(Vertical):
    """One field: it knows its value, and shows beside itself what is wrong with it."""

    DEFAULT_CSS = """
    FormField {
        height: auto;
        .form--hint { height: auto; padding: 0 1; color: $text-muted; display: none; }
        .form--hint.-shown { display: block; }
        .form--hint.-problem { color: $text-error; }
    }
    """

    show: Show = str
    """How a limit of this field is written."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec = spec
        self._hint = Static(classes="form--hint")
        self._problem: str | None = None

    def read(self, reading: Reading) -> object:
        """Return the value, ``MISSING`` when nothing was given, or ``UNREADABLE`` with the problem noted."""
        raise NotImplementedError

    def locate(self, loc: Loc) -> tuple["FormField", Loc]:
        """Return the field that shows an error at ``loc``, and the rest of ``loc`` within it."""
        return self, loc

    def first_control(self) -> Widget | None:
        """Return what takes the focus when this field is to be filled in."""
        return next((widget for widget in self.query("*") if widget.focusable), None)

    def show_problem(self, problem: str | None) -> None:
        """Show what is wrong, or nothing."""
        self._problem = problem
        self.set_class(problem is not None, "-invalid")
        self.refresh_hint()

    def hint(self) -> str:
        """Return what stands beside the field when nothing is wrong."""
        return self.spec.help

    def refresh_hint(self) -> None:
        """Show the problem, or the hint."""
        text = self.hint() if self._problem is None else f"▲ {self._problem}"
        self._hint.set_class(bool(text), "-shown")
        self._hint.set_class(self._problem is not None, "-problem")
        self._hint.update(Content(text))


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
        """Lay label, control and hint out."""
        mark = Content.styled(" *", "$text-accent") if self.spec.required else Content("")
        yield Label(Content(self.spec.label) + mark, classes="form--label")
        with Vertical(classes="form--body"):
            yield self.control()
            yield self._hint

    def on_mount(self) -> None:
        """Show the hint as soon as there is a form around it."""
        self.refresh_hint()

    def control(self) -> Widget:
        """Return the widget that takes the value."""
        raise NotImplementedError

    def empty(self) -> object:
        """Return what an empty control stands for."""
        return None if self.spec.nullable else MISSING


class TitledField(FormField):
    """A field with fields of its own, under a title."""

    DEFAULT_CSS = """
    TitledField {
        margin: 1 0;
        &:first-child { margin: 0 0 1 0; }
        & > .form--title { height: 1; width: 1fr; color: $text-primary; text-style: bold; }
        & > .form--heading {
            height: 1; layout: horizontal;
            & > .form--title { width: 22; color: $text-primary; text-style: bold; }
            & > Select { width: 1fr; }
            & > Select > SelectCurrent { background: $foreground 7%; padding: 0 1; }
            & > Select:focus > SelectCurrent { background: $accent 18%; }
        }
        & > .form--hint { padding: 0; }
        &.-invalid > .form--title { color: $text-error; }
    }
    """


def values_of(value: object) -> Mapping[str, object]:
    """Return the fields of a model or a mapping by name; nothing for anything else."""
    if isinstance(value, BaseModel):
        return dict(value)
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
