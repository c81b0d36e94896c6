"""A field that is one of several models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Select

from console.forms.field import FormField, Loc
from console.forms.nested import FieldSet, NestedField
from console.forms.spec import FieldSpec


@dataclass(frozen=True)
class Case:
    """One member of a union; ``tag`` is its name in the location of a pydantic error."""

    tag: str
    label: str


class UnionField(NestedField):
    """One of several models: the case is chosen first. Only its fields are shown."""

    def __init__(self, spec: FieldSpec, sets: Mapping[Case, FieldSet], chosen: int) -> None:
        super().__init__(spec)
        self._cases = list(sets)
        self._sets = list(sets.values())
        self._show_set(chosen)

    def compose(self) -> ComposeResult:
        """Lay out title, choice and the fields of every case."""
        options = [(case.label, index) for index, case in enumerate(self._cases)]
        with Vertical(classes="form--heading"):
            yield self.title()
            yield Select(options, value=self._sets.index(self.shown_set), allow_blank=False, compact=True)
        yield self._hint
        yield from self._sets

    def propose(self, loc: Loc, choices: Sequence[str]) -> None:
        """Let a field of whichever case has it propose texts."""
        for fields in self._sets:
            fields.propose(loc, choices)

    def locate(self, loc: Loc) -> tuple[FormField, Loc]:
        """Look among the fields of the chosen case; pydantic puts its tag before the field's name."""
        tagged = bool(loc) and loc[0] in {case.tag for case in self._cases}
        return super().locate(loc[1:] if tagged else loc)

    @on(Select.Changed)
    def _choose(self, event: Select.Changed) -> None:
        if event.select.parent is self.query_one(".form--heading") and isinstance(event.value, int):
            event.stop()
            self.show_problem(None)
            self._show_set(event.value)

    def _show_set(self, index: int) -> None:
        self.shown_set = self._sets[index]
        for fields in self._sets:
            fields.display = fields is self.shown_set
