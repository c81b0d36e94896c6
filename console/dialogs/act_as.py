"""Chooses who acts, among the people of the company's directory."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.design.text import plain
from console.design.tone import Tone
from console.dialogs.base import Dialog, Question
from console.model import EMPTY_DIRECTORY, Directory
from console.widgets.line_input import LineInput
from workflows.shared.errors import CallError

EFFECT = "votes, comments and changes are made in this person's name from now on, in this console"
UNKNOWN_DIRECTORY = "nobody has said yet who is in the company's directory: type an ID in full"

NO_MATCH = "no ID listed here has this in it; enter asks the directory for exactly this ID"


class ActAsDialog(Dialog[str]):
    """Asks for a person. ``people`` are those known so far, None if nobody has said; ``look_up`` knows them all."""

    AUTO_FOCUS = "LineInput"
    KEYS = "↑ ↓ choose · enter accept · esc leave"
    DEFAULT_CSS = """
    ActAsDialog {
        .dialog--people { height: auto; margin: 1 0 0 0; }
        LineInput { padding: 0 1; background: $field; &:focus { background: $field-focus; } }
        OptionList { height: auto; max-height: 12; border: none; background: transparent; padding: 0; margin: 1 0 0 0; }
        .dialog--nobody { display: none; margin: 1 0 0 0; color: $text-warning; &.-shown { display: block; } }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "Person above", show=False),
        Binding("down", "step(1)", "Person below", show=False),
    ]

    def __init__(
        self,
        operator: str,
        people: Sequence[str] | None,
        look_up: Callable[[str], Awaitable[Directory]],
        chosen: Callable[[str], None],
    ) -> None:
        super().__init__(Question("Act as", f"now {operator}", EFFECT, submit=self._take))
        self._operator, self._people = operator, people
        self._look_up, self._chosen = look_up, chosen
        self._field = LineInput(placeholder="an ID, or a part of it", compact=True)
        self._list = OptionList()
        self._list.can_focus = False  # the arrows choose while a name is typed
        self._nobody = Static(classes="dialog--nobody")

    def on_mount(self) -> None:
        """Show whom there is, and ask who has joined; nobody waits for it."""
        self._show_people()
        self.run_worker(self._read_again(), group="proposals", exit_on_error=False)

    def body(self) -> ComposeResult:
        """Ask for a name above the list."""
        with Vertical(classes="dialog--people"):
            yield self._field
            yield self._nobody
            yield self._list

    def flexible(self) -> tuple[Widget, int]:
        """Let the list scroll."""
        return self._list, 3

    @property
    def _matching(self) -> list[str]:
        typed = self._field.value.strip().casefold()
        return [person for person in self._people or () if typed in person.casefold()]

    async def _read_again(self) -> None:
        with suppress(CallError):
            self._people = (await self._look_up(self._operator)).people
            self._show_people()

    @on(Input.Changed)
    def _show_people(self) -> None:
        matching = self._matching
        self._list.set_options([Option(self._line(person)) for person in matching])
        self._list.highlighted = 0 if matching else None
        why = self._why_nobody(matching)
        self._nobody.update(Content(why))
        self._nobody.set_class(bool(why), "-shown")
        self.call_after_refresh(self._fit)

    def _why_nobody(self, matching: Sequence[str]) -> str:
        """Return what there is to say above a list without anybody in it."""
        if self._people is None:
            return UNKNOWN_DIRECTORY
        if not self._people:
            return EMPTY_DIRECTORY
        return "" if matching else NO_MATCH

    def _line(self, person: str) -> Content:
        now = Tone.MUTED.styled("  now") if person == self._operator else Content("")
        return Content.assemble(" ", plain(person), now)

    def action_step(self, step: int) -> None:
        """Choose the next person, or the one before."""
        if step > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _accepted(self) -> None:
        self.action_accept()

    def decision(self) -> str | None:
        """Return whom the list points at, or a name that it does not hold; None if there is neither."""
        typed, matching, index = self._field.value.strip(), self._matching, self._list.highlighted
        if typed in matching:
            return typed
        person = matching[index] if matching and index is not None else typed
        if not person:
            self.say("▲ type an ID", "-refused")
        return person or None

    async def _take(self, person: str) -> None:
        """Act as somebody who is in the directory. Raises ``CallError``."""
        if person not in (self._people or ()) and not (await self._look_up(person)).known:
            raise CallError(f"{person} is not in the company's directory, so no request waits for them")
        self._chosen(person)
