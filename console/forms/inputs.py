"""Fields of one line that are typed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

import humanize
from babel.numbers import is_currency
from textual import on
from textual.binding import Binding, BindingType
from textual.suggester import SuggestFromList
from textual.widgets import Input

from console.forms.field import Reading
from console.forms.kinds import Whole
from console.forms.money import amount_text, parse_amount
from console.forms.parsing import moment_text, parse_moment, parse_number, parse_whole, parse_words
from console.forms.spec import FieldSpec
from console.forms.typed import TypedField, entries_text
from console.widgets.line_input import LineInput
from workflows.shared.money import format_money


class LineField(TypedField):
    """One line of text; with ``choices`` it proposes some, and takes others too."""

    DEFAULT_CSS = """
    LineField > .form--body > Input { background: $foreground 7%; padding: 0 1; &:focus { background: $accent 18%; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", "Next choice", show=False),
        Binding("up", "choose(-1)", "Previous choice", show=False),
    ]

    def __init__(self, spec: FieldSpec, initial: object, *, choices: Sequence[str] = ()) -> None:
        super().__init__(spec, initial)
        self._choices = list(choices)
        self._input: Input | None = None

    @property
    def text(self) -> str:
        """What stands in the field now, or will when it is shown."""
        return self.written() if self._input is None else self._input.value.strip()

    def control(self) -> Input:
        """Return the input line."""
        self._input = LineInput(
            self.written(),
            placeholder=self.placeholder(),
            suggester=SuggestFromList(self._choices, case_sensitive=False) if self._choices else None,
            compact=True,
        )
        return self._input

    def placeholder(self) -> str:
        """Return what stands in the empty line."""
        if self.spec.example:
            return self.spec.example
        return "none" if self.spec.nullable else ""

    def hint(self) -> str:
        """Return what the text means where that is not plain, or else the help."""
        return (self.meaning() if self.text else "") or self.spec.help

    def meaning(self) -> str:
        """Return what the text stands for, empty when it says so itself or cannot be read yet."""
        return ""

    def action_choose(self, step: int) -> None:
        """Fill in the next of the proposed texts."""
        if self._input is None or not self._choices:
            return
        known = self._choices.index(self.text) if self.text in self._choices else (-1 if step > 0 else 0)
        self._input.value = self._choices[(known + step) % len(self._choices)]
        self._input.cursor_position = len(self._input.value)

    @on(Input.Changed)
    def _typed(self) -> None:
        self.show_problem(None)

    @on(Input.Blurred)
    def _left(self) -> None:
        reading = Reading()
        self.read(reading)
        if self in reading.problems:
            self.show_problem(reading.problems[self])


class WholeField(LineField):
    """A whole number."""

    def parse(self, text: str) -> int:
        """Return the number. Raises ``ValueError``."""
        return parse_whole(text)

    def meaning(self) -> str:
        """Say a duration in larger units."""
        kind = cast("Whole", self.spec.kind)
        try:
            return f"= {_duration(parse_whole(self.text))}" if kind.seconds else ""
        except (ValueError, OverflowError):
            return ""


class NumberField(LineField):
    """A number that may have decimals."""

    def parse(self, text: str) -> float:
        """Return the number. Raises ``ValueError``."""
        return parse_number(text)


class AmountField(LineField):
    """Money: typed in major units, kept in minor ones of the currency that stands in another field."""

    def __init__(self, spec: FieldSpec, initial: object, *, currency: Callable[[], str]) -> None:
        super().__init__(spec, initial)
        self._currency = currency
        self.show = self._show

    def placeholder(self) -> str:
        """Show how an amount is written."""
        return f"{'none, or ' if self.spec.nullable else ''}120.00"

    def written(self) -> str:
        """Return the initial amount in major units."""
        return amount_text(self._initial, self._currency()) if isinstance(self._initial, int) else ""

    def parse(self, text: str) -> int:
        """Return the minor units. Raises ``ValueError``."""
        return parse_amount(text, self._currency())

    def meaning(self) -> str:
        """Show the amount as it will be read."""
        try:
            return f"= {self._show(self.parse(self.text))}"
        except ValueError:
            return ""

    def _show(self, amount: int) -> str:
        currency = self._currency().upper()
        return format_money(amount, currency) if is_currency(currency) else str(amount)


class MomentField(LineField):
    """A date and time."""

    def placeholder(self) -> str:
        """Show how a moment is written."""
        return f"{'none, or ' if self.spec.nullable else ''}2025-12-01 14:30"

    def written(self) -> str:
        """Return the initial moment in this computer's zone."""
        return moment_text(self._initial) if isinstance(self._initial, datetime) else ""

    def parse(self, text: str) -> datetime:
        """Return the moment. Raises ``ValueError``."""
        return parse_moment(text)

    def meaning(self) -> str:
        """Show the moment in UTC, and how far away it is."""
        try:
            moment = self.parse(self.text)
        except ValueError:
            return ""
        return f"= {moment.astimezone(UTC):%a %d %b %Y, %H:%M} UTC, {humanize.naturaltime(moment)}"


class WordsField(LineField):
    """Several entries with commas between them."""

    def placeholder(self) -> str:
        """Say how several are written."""
        return self.spec.example or "separated by commas"

    def written(self) -> str:
        """Return the initial entries with commas between them."""
        return entries_text(self._initial)

    def parse(self, text: str) -> list[str]:
        """Return the entries."""
        return parse_words(text)

    def empty(self) -> object:
        """No entries, unless there must be some."""
        return None if self.spec.nullable else []


def _duration(seconds: int) -> str:
    return humanize.precisedelta(timedelta(seconds=seconds), minimum_unit="seconds", format="%d")
