"""A list of models: a group of fields for each, and buttons to add and remove one."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Label

from console.forms.field import FormField, Loc, Problems
from console.forms.nested import FieldSet, NestedField
from console.forms.spec import FieldSpec


class ListItem(NestedField):
    """One model of the list, with a button that removes it."""

    DEFAULT_CSS = """
    ListItem, ListItem:first-child {
        border-left: outer $primary 40%; padding: 0 0 0 1; margin: 0 0 1 0;
        &:focus-within { border-left: outer $accent; }
        &.-invalid { border-left: outer $error; }
        & > .form--number { height: 1; color: $text-muted; }
        & > .form--remove { min-width: 8; width: auto; color: $text-muted; }
        & > .form--remove:focus { color: $text-accent; }
    }
    """

    def __init__(self, spec: FieldSpec, fields: FieldSet) -> None:
        super().__init__(spec)
        self.shown_set = fields
        self._number = Label(classes="form--number")

    def compose(self) -> ComposeResult:
        """Lay out number and fields, and the button behind them, where the tab key comes to it last."""
        yield self._number
        yield self._hint
        yield self.shown_set
        yield Button(Content(f"- remove from {self.spec.label.lower()}"), compact=True, classes="form--remove")

    def hint(self) -> str:
        """Return nothing: the list shows the help once, above all items."""
        return ""

    def show_number(self, number: int, of: int) -> None:
        """Show which item this is."""
        self._number.update(Content(f"{number} of {of}"))


class ModelListField(NestedField):
    """The list; ``make`` returns the fields of one more item."""

    DEFAULT_CSS = """
    ModelListField {
        & > .form--items { height: auto; }
        & > .form--add { min-width: 8; width: auto; color: $text-muted; }
        & > .form--add:focus { color: $text-accent; }
    }
    """

    class ItemsChanged(Message):
        """An item was added or removed."""

    def __init__(self, spec: FieldSpec, items: Sequence[FieldSet], make: Callable[[], FieldSet]) -> None:
        super().__init__(spec)
        self._make = make
        self._items = Vertical(*(ListItem(spec, item) for item in items), classes="form--items")

    @property
    def items(self) -> list[ListItem]:
        """The items as they stand."""
        return [item for item in self._items.children if isinstance(item, ListItem)]

    def compose(self) -> ComposeResult:
        """Lay out title, items, and the button for one more."""
        yield self.title()
        yield self._hint
        yield self._items
        yield Button(Content(f"+ add to {self.spec.label.lower()}"), compact=True, classes="form--add")

    def on_mount(self) -> None:
        """Show the number of each item."""
        self._renumber()

    def read(self, problems: Problems) -> object:
        """Return a list of the items' values; an empty one is null where that is allowed."""
        values = [item.read(problems) for item in self.items]
        return values if values or not self.spec.nullable else None

    def locate(self, loc: Loc) -> tuple[FormField, Loc]:
        """Look in the item that ``loc`` names."""
        items = self.items
        if loc and isinstance(loc[0], int) and loc[0] < len(items):
            return items[loc[0]].locate(loc[1:])
        return self, ()

    @on(Button.Pressed, ".form--add")
    async def _add(self, event: Button.Pressed) -> None:
        if event.button.parent is not self:
            return
        event.stop()
        item = ListItem(self.spec, self._make())
        await self._items.mount(item)
        self.show_problem(None)
        self._renumber()
        self.post_message(self.ItemsChanged())
        item.query("Input").first().focus()

    @on(Button.Pressed, ".form--remove")
    async def _remove(self, event: Button.Pressed) -> None:
        item = next((item for item in self.items if event.button in item.query(".form--remove")), None)
        if item is None:
            return
        event.stop()
        await item.remove()
        self._renumber()
        self.post_message(self.ItemsChanged())
        self.query_one(".form--add").focus()

    def _renumber(self) -> None:
        items = self.items
        for number, item in enumerate(items, start=1):
            item.show_number(number, len(items))
