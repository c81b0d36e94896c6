"""A field that is one of several models."""

from collections.abc import Sequence

from pydantic import BaseModel
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, Select

from console.forms.field import FormField, Loc, Reading, TitledField, values_of
from console.forms.groups import FieldSet, constants_of
from console.forms.kinds import Case
from console.forms.spec import FieldSpec


class VariantField(TitledField):
    """One of several models: which one is chosen first."""

    def __init__(self, spec: FieldSpec, initial: object, cases: Sequence[Case]) -> None:
        super().__init__(spec)
        self._cases = cases
        given = values_of(initial)
        self._chosen = next((index for index, case in enumerate(cases) if _fits(case.model, initial)), 0)
        self._sets = [
            FieldSet(case.model, given if index == self._chosen else None) for index, case in enumerate(cases)
        ]

    def compose(self) -> ComposeResult:
        """Lay out title, choice and the fields of every case; only those of the chosen one are shown."""
        with Vertical(classes="form--heading"):
            yield Label(Content(self.spec.label), classes="form--title")
            yield Select(
                [(case.label, index) for index, case in enumerate(self._cases)],
                value=self._chosen,
                allow_blank=False,
                compact=True,
            )
        yield self._hint
        yield from self._sets

    def on_mount(self) -> None:
        """Show the fields of the chosen case."""
        self._show_chosen()

    def read(self, reading: Reading) -> object:
        """Return the values of the chosen case."""
        return self._sets[self._chosen].read(reading)

    def locate(self, loc: Loc) -> tuple[FormField, Loc]:
        """Look among the fields of the chosen case; pydantic puts its tag before the field's name."""
        tags = {case.tag for case in self._cases}
        inner = loc[1:] if loc and loc[0] in tags else loc
        found, rest = self._sets[self._chosen].locate(self, inner)
        return found or self, rest

    @on(Select.Changed)
    def _choose(self, event: Select.Changed) -> None:
        if event.select.parent is self.query_one(".form--heading") and isinstance(event.value, int):
            event.stop()
            self._chosen = event.value
            self.show_problem(None)
            self._show_chosen()

    def _show_chosen(self) -> None:
        for index, fields in enumerate(self._sets):
            fields.display = index == self._chosen


def _fits(model: type[BaseModel], initial: object) -> bool:
    given = values_of(initial)
    return isinstance(initial, model) or (
        bool(given) and all(given.get(name, value) == value for name, value in constants_of(model).items())
    )
