"""A list of models: as many groups of fields as one likes."""

from pydantic import BaseModel
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Label

from console.forms.field import FormField, Loc, Reading, TitledField
from console.forms.groups import FieldSet
from console.forms.spec import FieldSpec


class Row(FormField):
    """One of them, with a button that takes it out again."""

    DEFAULT_CSS = """
    Row {
        border-left: outer $primary 40%; padding: 0 0 0 1; margin: 0 0 1 0;
        &:focus-within { border-left: outer $accent; }
        &.-invalid { border-left: outer $error; }
        & > Horizontal { height: 1; }
        & > Horizontal > Label { width: 1fr; color: $text-muted; }
        & > Horizontal > Button { min-width: 8; width: auto; color: $text-muted; }
        & > .form--hint { padding: 0; }
    }
    """

    def __init__(self, spec: FieldSpec, initial: object, model: type[BaseModel]) -> None:
        super().__init__(spec)
        self.set = FieldSet(model, initial)
        self._number = Label(classes="form--number")

    def compose(self) -> ComposeResult:
        """Lay out number, button and fields."""
        with Horizontal():
            yield self._number
            yield Button("remove", compact=True, classes="form--remove")
        yield self._hint
        yield self.set

    def hint(self) -> str:
        """Say nothing: what is to be known of the list stands above it, once."""
        return ""

    def count(self, number: int, of: int) -> None:
        """Show which one this is."""
        self._number.update(Content(f"{number} of {of}"))

    def read(self, reading: Reading) -> object:
        """Return the fields' values."""
        return self.set.read(reading)

    def locate(self, loc: Loc) -> tuple[FormField, Loc]:
        """Look among the fields."""
        found, rest = self.set.locate(self, loc)
        return found or self, rest


class RowsField(TitledField):
    """The list."""

    DEFAULT_CSS = """
    RowsField {
        & > .form--rows { height: auto; }
        & > .form--add { min-width: 8; width: auto; color: $text-muted; }
        & > .form--add:focus { color: $text-accent; }
    }
    """

    def __init__(self, spec: FieldSpec, initial: object, model: type[BaseModel]) -> None:
        super().__init__(spec)
        self._model = model
        given = initial if isinstance(initial, list | tuple) else []
        self._first = [Row(spec, item, model) for item in (given or ([None] if spec.required else []))]

    @property
    def rows(self) -> list[Row]:
        """The groups as they stand."""
        return [row for row in self.query_one(".form--rows").children if isinstance(row, Row)]

    def compose(self) -> ComposeResult:
        """Lay out title, groups, and the button for one more."""
        yield Label(Content(self.spec.label), classes="form--title")
        yield self._hint
        with Vertical(classes="form--rows"):
            yield from self._first
        yield Button(Content(f"+ add to {self.spec.label.lower()}"), compact=True, classes="form--add")

    def on_mount(self) -> None:
        """Count the groups, and show the hint as soon as there is a form around it."""
        self._renumber()
        self.refresh_hint()

    def read(self, reading: Reading) -> object:
        """Return a list of the groups' values; none is null where that is allowed."""
        values = [row.read(reading) for row in self.rows]
        return values if values or not self.spec.nullable else None

    def locate(self, loc: Loc) -> tuple[FormField, Loc]:
        """Look in the group that the place names."""
        rows = self.rows
        if loc and isinstance(loc[0], int) and loc[0] < len(rows):
            return rows[loc[0]].locate(loc[1:])
        return self, ()

    @on(Button.Pressed, ".form--add")
    async def _add(self, event: Button.Pressed) -> None:
        if event.button.parent is not self:
            return
        event.stop()
        row = Row(self.spec, None, self._model)
        await self.query_one(".form--rows").mount(row)
        self.show_problem(None)
        self._renumber()
        row.query("Input").first().focus()

    @on(Button.Pressed, ".form--remove")
    async def _remove(self, event: Button.Pressed) -> None:
        row = next((row for row in self.rows if event.button in row.query(".form--remove")), None)
        if row is None:
            return
        event.stop()
        await row.remove()
        self._renumber()
        self.query_one(".form--add").focus()

    def _renumber(self) -> None:
        rows = self.rows
        for number, row in enumerate(rows, start=1):
            row.count(number, len(rows))
