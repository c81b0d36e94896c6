"""A form made from a pydantic model."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Collapsible, Input, Select, Static, Switch, TextArea

from console.forms.build import build_set
from console.forms.field import FormField, Loc, Problems
from console.forms.layout import FormLayout
from console.forms.model_list import ModelListField
from console.forms.titles import PATH
from console.forms.typed import AmountField
from console.forms.validation_errors import error_text

ModelT = TypeVar("ModelT", bound=BaseModel)


class ModelForm(VerticalScroll, Generic[ModelT], can_focus=False):
    """Asks for a ``model``; starts from ``initial``, a model or some of its values."""

    DEFAULT_CSS = """
    ModelForm {
        height: auto; padding: 0 1;
        & > .form--problem { color: $text-error; display: none; margin: 0 0 1 0; }
        & > .form--problem.-shown { display: block; }
    }
    """

    class Edited(Message):
        """Something was typed, chosen, added or removed."""

    class Submitted(Message):
        """Enter was pressed in the last field."""

    def __init__(self, model: type[ModelT], initial: object = None, layout: FormLayout | None = None) -> None:
        super().__init__()
        self._model = model
        self._set = build_set(model, initial, layout)
        self._contents_at_start: list[object] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the fields, below the problems of the form as a whole."""
        yield Static(classes="form--problem")
        yield self._set

    def on_mount(self) -> None:
        """Begin with the first required field that is empty."""
        self.call_after_refresh(self._focus_first)

    def submit(self) -> ModelT | None:
        """Return the model; or None, with all problems shown beside their fields and the first one focused."""
        for field in self.query(FormField):
            field.show_problem(None)
        problems: Problems = {}
        values = self._set.read(problems)
        try:
            model = self._model.model_validate(values)
        except ValidationError as error:
            self._show_problems(error, problems)
            return None
        self._show_whole("")
        return model

    def peek(self) -> ModelT | None:
        """Return the model as typed so far, None if it is not complete; nothing is shown."""
        problems: Problems = {}
        values = self._set.read(problems)
        try:
            return None if problems else self._model.model_validate(values)
        except ValidationError:
            return None

    def propose(self, choices: Mapping[str, Sequence[str]]) -> None:
        """Let fields propose texts, by their paths such as ``audience.name``."""
        for path, texts in choices.items():
            self._set.propose(tuple(path.split(".")), texts)

    def show_refusal(self, words: str) -> None:
        """Show the parts of a refusal such as ``customer.name: too long; lines: too many`` beside their fields."""
        said: dict[Loc, str] = {}
        at: Loc = ()
        for part in words.split("; "):
            path, colon, why = part.partition(": ")
            if colon and PATH.fullmatch(path):
                at = tuple(int(name) if name.isdigit() else name for name in path.split("."))
                said[at] = why
            elif at:  # the same words go on, such as with what may be meant
                said[at] += f"; {part}"
        self.show_at(said)

    def show_at(self, said: Mapping[Loc, str]) -> None:
        """Show words beside the fields that they are about, as far as there are such fields."""
        problems = {field: why for loc, why in said.items() if (field := self.locate(loc)[0]) is not None}
        if problems:
            self._show(problems)

    @property
    def contents(self) -> list[object]:
        """The values of all controls, as typed or chosen."""
        controls = self.query("Input, TextArea, Select, Switch").results(Widget)
        return [
            control.text if isinstance(control, TextArea) else getattr(control, "value", None) for control in controls
        ]

    @property
    def changed(self) -> bool:
        """Whether anything was typed or chosen."""
        return self._contents_at_start is not None and self.contents != self._contents_at_start

    def locate(self, loc: Loc) -> tuple[FormField | None, Loc]:
        """Return the field that shows an error at ``loc``, and the rest of ``loc`` within it."""
        return self._set.locate(None, loc)

    def _show_problems(self, error: ValidationError, unreadable: Problems) -> None:
        problems, whole = dict(unreadable), list[str]()
        for each in error.errors():
            field, rest = self.locate(each["loc"])
            if field is None:
                whole.append(error_text(each))
            elif field not in problems:
                item = f"entry {rest[0] + 1}: " if rest and isinstance(rest[0], int) else ""
                problems[field] = item + error_text(each, limit_text=field.limit_text, example=field.spec.example)
        self._show_whole("; ".join(whole))
        self._show(problems)

    def _show(self, problems: Problems) -> None:
        """Show problems beside their fields, and go to the first."""
        for field, problem in problems.items():
            field.show_problem(problem)
            for folded in field.ancestors:
                if isinstance(folded, Collapsible):
                    folded.collapsed = False
        first = next((field for field in self.query(FormField) if field in problems), None)
        if first is not None and (control := first.first_control()):
            self.call_after_refresh(self._bring_into_view, first, control)
        elif first is None:
            self.scroll_home(animate=False)

    def _bring_into_view(self, field: FormField, control: Widget) -> None:
        """Focus a field, and scroll to it once the dialog has made room for its own answer."""
        control.focus(scroll_visible=False)
        self.call_after_refresh(self.call_after_refresh, field.scroll_visible, animate=False)

    def _show_whole(self, problem: str) -> None:
        line = self.query_one(".form--problem", Static)
        line.set_class(bool(problem), "-shown")
        line.update(Content(f"▲ {problem}"))

    def _focus_first(self) -> None:
        self._contents_at_start = self.contents
        controls = self._controls()
        needed = [control for control in controls if _field_of(control).is_needed]
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
    @on(TextArea.Changed)
    @on(Select.Changed)
    @on(Switch.Changed)
    @on(ModelListField.ItemsChanged)
    def _edited(self) -> None:
        self.post_message(self.Edited())

    @on(Input.Changed)
    def _amounts_follow_their_currency(self) -> None:
        for field in self.walk_children(AmountField):
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


def _field_of(control: Widget) -> FormField:
    return next(field for field in control.ancestors if isinstance(field, FormField))
