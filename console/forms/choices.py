"""Fields whose value is chosen."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label, OptionList, Select, Switch
from textual.widgets.select import NoSelection

from console.forms.field import LabelledField, Problems
from console.forms.spec import MISSING, FieldSpec


class ChoiceList(Select[int]):
    """A list to choose from; where a choice is needed, it opens at the first one, not at its prompt."""

    def __init__(self, options: list[tuple[str, int]], chosen: int | NoSelection, *, blank: bool, none: bool) -> None:
        prompt = "none" if none else "choose …"
        super().__init__(options, prompt=prompt, allow_blank=blank, value=chosen, compact=True)
        self._opens_at_choice = blank and not none

    def action_show_overlay(self) -> None:
        """Open the list."""
        super().action_show_overlay()
        if self._opens_at_choice and self.is_blank():
            self.query_one(OptionList).highlighted = 1


class ChoiceField(LabelledField):
    """One of a few values."""

    DEFAULT_CSS = """
    ChoiceField > .form--body > Select {
        & > SelectCurrent { background: $field; padding: 0 1; }
        &:focus > SelectCurrent { background: $field-focus; }
    }
    """

    def __init__(self, spec: FieldSpec, initial: object, options: Sequence[tuple[str, object]]) -> None:
        super().__init__(spec)
        self._values = [value for _, value in options]
        blank = spec.nullable or spec.default is MISSING
        chosen = self._values.index(initial) if initial in self._values else Select.NULL if blank else 0
        labels = [(label, index) for index, (label, _) in enumerate(options)]
        self._select = ChoiceList(labels, chosen, blank=blank, none=spec.nullable)

    @property
    def text(self) -> str:
        """The chosen value, empty if there is none."""
        chosen = self._select.selection
        return "" if chosen is None else str(self._values[chosen])

    def control(self) -> Select[int]:
        """Return the list to choose from."""
        return self._select

    def read(self, problems: Problems) -> object:  # noqa: ARG002 - a choice can always be read
        """Return the chosen value."""
        chosen = self._select.selection
        return self.empty() if chosen is None else self._values[chosen]

    @on(Select.Changed)
    def _chosen(self) -> None:
        self.show_problem(None)


class YesNo(Horizontal):
    """A switch with its state in a word."""

    DEFAULT_CSS = """
    YesNo {
        height: 1; width: 1fr;
        & > Switch { border: none; padding: 0; height: 1; background: $field; }
        & > Switch:focus { border: none; background: $field-focus; }
        & > Label { padding: 0 1; color: $text-muted; }
    }
    """

    def __init__(self, *, value: bool) -> None:
        super().__init__()
        self._switch = Switch(value=value, animate=False)
        self._word = Label()

    @property
    def value(self) -> bool:
        """Whether the switch is on."""
        return self._switch.value

    def compose(self) -> ComposeResult:
        """Lay out switch and word."""
        self._show_word()
        yield self._switch
        yield self._word

    @on(Switch.Changed)
    def _show_word(self) -> None:
        self._word.update("yes" if self.value else "no")


class BooleanField(LabelledField):
    """Yes or no."""

    def __init__(self, spec: FieldSpec, initial: object) -> None:
        super().__init__(spec)
        self._switch = YesNo(value=initial is True)

    def control(self) -> YesNo:
        """Return the switch."""
        return self._switch

    def read(self, problems: Problems) -> object:  # noqa: ARG002 - a switch can always be read
        """Return whether the switch is on."""
        return self._switch.value
