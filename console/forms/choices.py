"""Fields that are chosen, not typed."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Label, Select, Switch

from console.forms.field import LabelledField, Reading
from console.forms.spec import MISSING, FieldSpec


class ChoiceField(LabelledField):
    """One of a few values."""

    DEFAULT_CSS = """
    ChoiceField > .form--body > Select {
        & > SelectCurrent { background: $foreground 7%; padding: 0 1; }
        &:focus > SelectCurrent { background: $accent 18%; }
    }
    """

    def __init__(self, spec: FieldSpec, initial: object, options: Sequence[tuple[str, object]]) -> None:
        super().__init__(spec)
        self._options = options
        self._initial = next((index for index, (_, value) in enumerate(self._options) if value == initial), None)
        self._select: Select[int] | None = None

    def control(self) -> Widget:
        """Return the list to choose from."""
        blank = self.spec.nullable or self.spec.default is MISSING
        self._select = Select(
            [(label, index) for index, (label, _) in enumerate(self._options)],
            prompt="none" if self.spec.nullable else "choose …",
            allow_blank=blank,
            value=Select.NULL if self._initial is None and blank else (self._initial or 0),
            compact=True,
        )
        return self._select

    def read(self, reading: Reading) -> object:  # noqa: ARG002 - a choice can always be read
        """Return the chosen value."""
        chosen = None if self._select is None else self._select.selection
        return self.empty() if chosen is None else self._options[chosen][1]

    @on(Select.Changed)
    def _chosen(self) -> None:
        self.show_problem(None)


class YesNo(Horizontal):
    """A switch that also says in a word how it stands."""

    DEFAULT_CSS = """
    YesNo {
        height: 1; width: 1fr;
        & > Switch { border: none; padding: 0; height: 1; background: $foreground 7%; }
        & > Switch:focus { border: none; background: $accent 18%; }
        & > Label { padding: 0 1; color: $text-muted; }
    }
    """

    def __init__(self, *, value: bool) -> None:
        super().__init__()
        self._switch = Switch(value=value, animate=False)
        self._word = Label(_word(value=value))

    @property
    def value(self) -> bool:
        """How the switch stands."""
        return self._switch.value

    def compose(self) -> ComposeResult:
        """Lay out switch and word."""
        yield self._switch
        yield self._word

    @on(Switch.Changed)
    def _changed(self) -> None:
        self._word.update(_word(value=self.value))


class FlagField(LabelledField):
    """Yes or no."""

    def __init__(self, spec: FieldSpec, initial: object) -> None:
        super().__init__(spec)
        self._flag = YesNo(value=initial is True)

    def control(self) -> YesNo:
        """Return the switch."""
        return self._flag

    def read(self, reading: Reading) -> object:  # noqa: ARG002 - a switch can always be read
        """Return how the switch stands."""
        return self._flag.value


def _word(*, value: bool) -> str:
    return "yes" if value else "no"
