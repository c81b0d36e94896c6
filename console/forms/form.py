"""A form made from a pydantic model."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Collapsible, Input, Select, Static, TextArea

from console.forms.field import FormField, Loc, Reading
from console.forms.groups import FieldSet, FormLayout
from console.forms.inputs import AmountField
from console.forms.messages import in_words

ModelT = TypeVar("ModelT", bound=BaseModel)

Problem = tuple[FormField | None, str]
"""What is wrong, and which field shows it; None is the form as a whole."""


class ModelForm(VerticalScroll, Generic[ModelT], can_focus=False):
    """Asks for a ``model``; starts from ``initial``, a model or some of its values."""

    DEFAULT_CSS = """
    ModelForm {
        height: auto; padding: 0 1;
        & > .form--problem { color: $text-error; display: none; margin: 0 0 1 0; }
        & > .form--problem.-shown { display: block; }
    }
    """

    class Submitted(Message):
        """Enter was pressed in the last field."""

    def __init__(self, model: type[ModelT], initial: object = None, layout: FormLayout | None = None) -> None:
        super().__init__()
        self._model = model
        self._set = FieldSet(model, initial, layout)
        self._begun: list[object] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the fields, below what is wrong with them as a whole."""
        yield Static(classes="form--problem")
        yield self._set

    def on_mount(self) -> None:
        """Begin with the first field that is empty and needed."""
        self.call_after_refresh(self._focus_first)

    def submit(self) -> ModelT | None:
        """Return the model; or None, with all that is wrong shown beside the fields and the first one focused."""
        for field in self.query(FormField):
            field.show_problem(None)
        reading = Reading()
        values = self._set.read(reading)
        problems: list[Problem] = [*reading.problems.items()]
        try:
            model = self._model.model_validate(values)
        except ValidationError as error:
            problems += self._located(error.errors(), reading)
        else:
            self._show_whole("")
            return model
        self._show(problems)
        return None

    @property
    def contents(self) -> list[object]:
        """What stands in the controls now."""
        controls = self.query("Input, TextArea, Select, Switch").results(Widget)
        return [
            control.text if isinstance(control, TextArea) else getattr(control, "value", None) for control in controls
        ]

    @property
    def changed(self) -> bool:
        """Whether anything was typed or chosen."""
        return self._begun is not None and self.contents != self._begun

    def locate(self, loc: Loc) -> tuple[FormField | None, Loc]:
        """Return the field that shows what is wrong at ``loc``, and the rest of ``loc`` within it."""
        return self._set.locate(None, loc)

    def _located(self, errors: list[ErrorDetails], reading: Reading) -> list[Problem]:
        found: list[Problem] = []
        for error in errors:
            field, rest = self.locate(error["loc"])
            if field is None:
                found.append((None, in_words(error)))
            elif field not in reading.problems:
                item = f"entry {rest[0] + 1}: " if rest and isinstance(rest[0], int) else ""
                found.append((field, item + in_words(error, show=field.show, example=field.spec.example)))
        return found

    def _show(self, problems: list[Problem]) -> None:
        shown = [field for field, _ in problems if field is not None]
        for field, problem in reversed(problems):
            if field is not None:
                field.show_problem(problem)
                _unfold(field)
        self._show_whole("; ".join(problem for field, problem in problems if field is None))
        first = next((field for field in self.query(FormField) if field in shown), None)
        if first is not None and (control := first.first_control()):
            self.call_after_refresh(self._bring, first, control)
        elif first is None:
            self.scroll_home(animate=False)

    def _bring(self, field: FormField, control: Widget) -> None:
        """Show a field with what is wrong with it, once the dialog has made room for its own words."""
        control.focus(scroll_visible=False)
        self.call_after_refresh(self.call_after_refresh, field.scroll_visible, animate=False)

    def _show_whole(self, problem: str) -> None:
        line = self.query_one(".form--problem", Static)
        line.set_class(bool(problem), "-shown")
        line.update(Content(f"▲ {problem}"))

    def _focus_first(self) -> None:
        self._begun = self.contents
        controls = self._controls()
        empty = [control for control in controls if _is_empty(control)]
        needed = [control for control in empty if _field_of(control).spec.required]
        for control in (needed or controls)[:1]:
            control.focus()

    def _controls(self) -> list[Widget]:
        return [
            widget
            for widget in self.screen.focus_chain
            if self in widget.ancestors
            and not isinstance(widget, Button)
            and isinstance(widget.parent, Widget)
            and not isinstance(widget.parent, Collapsible)
        ]

    @on(Input.Changed)
    def _amounts_follow_their_currency(self) -> None:
        for field in self.query(AmountField):
            field.refresh_hint()

    @on(Input.Submitted)
    def _go_on(self, event: Input.Submitted) -> None:
        event.stop()
        controls = self._controls()
        after = controls[controls.index(event.input) + 1 :] if event.input in controls else []
        if after:
            after[0].focus()
        else:
            self.post_message(self.Submitted())


def _is_empty(control: Widget) -> bool:
    if isinstance(control, Select):
        return control.is_blank()
    if isinstance(control, TextArea):
        return not control.text
    return isinstance(control, Input) and not control.value


def _field_of(control: Widget) -> FormField:
    return next(field for field in control.ancestors if isinstance(field, FormField))


def _unfold(field: FormField) -> None:
    for folded in field.ancestors:
        if isinstance(folded, Collapsible):
            folded.collapsed = False
