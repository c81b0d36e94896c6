"""The screen on which saved views are chosen, saved and deleted."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.design.text import plain
from console.design.tone import Tone
from console.memory import SavedFilter
from console.views.file import SavedView, UnsavedViewError, ViewFile
from console.widgets.line_input import LineInput

MAX_NAME = 60
NONE_YET = "no view is saved yet: type a name for what the list shows now"


class ViewsScreen(ModalScreen[SavedView | None]):
    """Asks which view the list is to show; saves what it shows ``now`` under a name."""

    DEFAULT_CSS = """
    ViewsScreen {
        align: center middle;
        & > Vertical {
            width: 92%; max-width: 90; height: auto; max-height: 90%; padding: 0 1; background: $surface;
            border: round $accent; border-title-color: $text-accent; border-subtitle-color: $text-muted;
        }
        OptionList {
            height: auto; max-height: 14; border: none; background: transparent; padding: 0;
            &:focus { border: none; }
        }
        LineInput { background: $field; &:focus { background: $field-focus; } }
        Static { margin: 1 0 0 0; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", show=False),
        Binding("delete,d", "delete", "Delete", show=False),
        Binding("s", "name", "Save", show=False),
    ]

    def __init__(self, file: ViewFile, title: str, now: SavedFilter) -> None:
        super().__init__()
        self._file, self._title, self._now = file, title, now
        self._views = file.read()
        self._list = OptionList()
        self._field = LineInput(placeholder="name of a new view", max_length=MAX_NAME, compact=True)
        self._said = Static()

    def compose(self) -> ComposeResult:
        """Lay out the views above the name of a new one."""
        with Vertical() as frame:
            yield self._list
            yield self._said
            yield self._field
        frame.border_title = Content(f"Views of {plain(self._title)}")
        frame.border_subtitle = Content("enter show · s save what is shown · d delete · esc leave")

    def on_mount(self) -> None:
        """Show the views."""
        self._draw()
        (self._list if self._views else self._field).focus()

    def _draw(self, place: int = 0) -> None:
        self._views = self._file.read()
        lines = [
            Content.assemble((plain(view.name), "bold"), "  ", Tone.MUTED.styled(plain(view.words, limit=60)))
            for view in self._views
        ]
        self._list.set_options(map(Option, lines))
        self._list.display = bool(lines)
        self._list.highlighted = min(place, len(lines) - 1) if lines else None
        now = SavedView(name="now", **self._now.model_dump()).words
        self._said.update(Content(f"shown now: {plain(now)}" if lines else NONE_YET))

    def action_name(self) -> None:
        """Ask for the name of a new view."""
        self._field.focus()

    def action_delete(self) -> None:
        """Delete the view that the list points at."""
        if (place := self._list.highlighted) is None:
            return
        try:
            self._file.delete(self._views[place].name)
        except UnsavedViewError as error:
            self._refuse(str(error))
        else:
            self._draw(place)

    @on(Input.Submitted)
    def _save(self) -> None:
        name = plain(self._field.value)
        if not name:
            self._refuse("a view needs a name")
            return
        try:
            self._file.save(SavedView(name=name, **self._now.model_dump()))
        except UnsavedViewError as error:
            self._refuse(str(error))
            return
        self._field.value = ""
        self._draw()
        self._list.highlighted = next(place for place, view in enumerate(self._views) if view.name == name)
        self._list.focus()

    def _refuse(self, why: str) -> None:
        self._said.update(Content.styled(f"▲ {plain(why)}", Tone.HUMAN.style))

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._views[message.option_index])
