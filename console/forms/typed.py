"""Fields that are typed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.suggester import SuggestFromList
from textual.widgets import Input, TextArea

from console.forms.codec import Codec
from console.forms.field import UNREADABLE, LabelledField, Loc, Problems
from console.forms.spec import MISSING, FieldSpec
from console.widgets.line_input import LineInput

SHOWN_CHOICES = 6


class TypedField(LabelledField):
    """A field whose value is typed as text, which ``codec`` reads and writes."""

    def __init__(self, spec: FieldSpec, initial: object, codec: Codec) -> None:
        super().__init__(spec)
        self._initial = initial
        self._codec = codec
        self._control: Input | TextArea | None = None

    @property
    def text(self) -> str:
        """The text in the field; before it is composed, the text that it will have."""
        if self._control is None:
            return self.written()
        return (self._control.value if isinstance(self._control, Input) else self._control.text).strip()

    def propose(self, loc: Loc, choices: Sequence[str]) -> None:
        """Propose these texts; others may be typed."""
        if not loc:
            self.spec = replace(self.spec, choices=tuple(choices))
            self.refresh_hint()

    def proposed(self) -> str:
        """Return some of what is proposed, empty if nothing is."""
        choices = self.spec.choices
        return f"{', '.join(choices[:SHOWN_CHOICES])}{', …' if len(choices) > SHOWN_CHOICES else ''}"

    def written(self) -> str:
        """Return the initial value as it is typed."""
        return "" if self._initial is None or self._initial is MISSING else self._codec.write(self._initial)

    def placeholder(self) -> str:
        """Return what the empty control shows: how to fill it in, never what looks like a value."""
        if self._codec.placeholder:
            return self._codec.placeholder
        example = self._codec.example or self.spec.example
        words = ["optional" if self.spec.nullable else "", f"e.g. {example}" if example else ""]
        return ", ".join(filter(None, words))

    def hint(self) -> str:
        """Return what the text means where that is not plain, or else the help."""
        return self._codec.explain(self.text) or self.spec.help

    def limit_text(self, limit: Any) -> str:  # noqa: ANN401 - of the field's own type
        """Return a limit as the codec writes it."""
        return self._codec.limit(limit)

    def empty(self) -> object:
        """Return the value of an empty text."""
        return [] if self._codec.several and not self.spec.nullable else super().empty()

    def read(self, problems: Problems) -> object:
        """Return the value of the text."""
        if not self.text:
            return self.empty()
        try:
            return self._codec.parse(self.text)
        except ValueError as problem:
            problems[self] = str(problem)
            return UNREADABLE

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        self.show_problem(None)


class LineField(TypedField):
    """One line of text. It proposes the choices of its specification, and takes other texts too."""

    DEFAULT_CSS = """
    LineField > .form--body > Input { background: $field; padding: 0 1; &:focus { background: $field-focus; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", "Next choice", show=False),
        Binding("up", "choose(-1)", "Previous choice", show=False),
    ]

    def control(self) -> Input:
        """Return the input line."""
        line = LineInput(self.written(), placeholder=self.placeholder(), suggester=self._suggester(), compact=True)
        self._control = line
        return line

    def propose(self, loc: Loc, choices: Sequence[str]) -> None:
        """Propose these texts while somebody types, and by the arrow keys."""
        super().propose(loc, choices)
        if isinstance(self._control, Input):
            self._control.suggester = self._suggester()

    def _suggester(self) -> SuggestFromList | None:
        choices = self.spec.choices
        return SuggestFromList(choices, case_sensitive=False) if choices else None

    def hint(self) -> str:
        """Return the hint, or else some of what it proposes."""
        return super().hint() or (f"↓ {self.proposed()}" if self.spec.choices else "")

    def action_choose(self, step: int) -> None:
        """Fill in the next of the proposed texts."""
        if choices := self.spec.choices:
            known = choices.index(self.text) if self.text in choices else (-1 if step > 0 else 0)
            line = self.query_one(Input)
            line.value = choices[(known + step) % len(choices)]
            line.cursor_position = len(line.value)

    @on(Input.Blurred)
    def _left(self) -> None:
        problems: Problems = {}
        self.read(problems)
        if self in problems:
            self.show_problem(problems[self])


class AmountField(LineField):
    """Money in minor units, typed in major ones."""

    def hint(self) -> str:
        """Return the amount with its currency."""
        return self._codec.explain(self.text)


class AreaField(TypedField):
    """Several lines of text."""

    DEFAULT_CSS = """
    AreaField > .form--body > TextArea {
        height: auto; min-height: 3; max-height: 8; padding: 0 1; background: $field;
        &:focus { background: $field-focus; }
    }
    """

    def hint(self) -> str:
        """Return the hint, or else some of what it proposes."""
        return super().hint() or (f"there are {self.proposed()}" if self.spec.choices else "")

    def control(self) -> TextArea:
        """Return the text area."""
        area = TextArea(self.written(), placeholder=self.placeholder(), compact=True, highlight_cursor_line=False)
        self._control = area
        return area
