"""What the tests of forms and dialogs share: an app that asks one thing, and hands that fill fields in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar, cast

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Input, Select, Static, Switch, TextArea

from console.design.theme import THEMES
from console.dialogs.base import Dialog
from console.forms.field import FormField
from console.forms.form import ModelForm
from console.keys import KeysInOrder
from tests.support.drawing import drawn_on_demand

ResultT = TypeVar("ResultT")
NOT_YET = object()


class OneDialog(KeysInOrder):
    """Shows a dialog and keeps what it ended with."""

    def __init__(self, dialog: Dialog[ResultT]) -> None:
        super().__init__()
        self.dialog = dialog
        self.result: object = NOT_YET

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the variables that the dialogs' styles need, as the console does."""
        return THEMES[0].variables

    def on_mount(self) -> None:
        """Open the dialog, in the console's own theme."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.push_screen(cast("Screen[object]", self.dialog), self._keep)

    def _keep(self, result: object) -> None:
        self.result = result


@asynccontextmanager
async def asked(dialog: Dialog[ResultT], size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """Run an app with the dialog open."""
    app = OneDialog(dialog)
    with drawn_on_demand():
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield pilot


def result(pilot: Pilot[None]) -> object:
    """Return what the dialog ended with, or ``NOT_YET``."""
    app = pilot.app
    assert isinstance(app, OneDialog)
    return app.result


def field(pilot: Pilot[None], path: str) -> FormField:
    """Return the field at ``path``, such as ``lines.0.sku``: labels are for people, names for tests."""
    loc = tuple(int(part) if part.isdigit() else part for part in path.split("."))
    found, _ = pilot.app.screen.query_one(ModelForm).locate(loc)
    assert found is not None, path
    return found


def control(pilot: Pilot[None], path: str) -> Widget:
    """Return what takes the value of the field at ``path``."""
    return next(widget for widget in field(pilot, path).query("Input, TextArea, Select, Switch").results(Widget))


async def fill(pilot: Pilot[None], values: Mapping[str, object]) -> None:
    """Put values into fields, as typing and choosing would."""
    for path, value in values.items():
        widget = control(pilot, path)
        if isinstance(widget, Input | Switch):
            widget.value = value  # type: ignore[assignment]
        elif isinstance(widget, TextArea):
            widget.text = str(value)
        elif isinstance(widget, Select):
            widget.value = value
        await pilot.pause()


async def add_item(pilot: Pilot[None]) -> None:
    """Add a model to the list that is shown."""
    pilot.app.screen.query_one("ModelListField > .form--add", Button).press()
    await pilot.pause()


async def submit(pilot: Pilot[None], values: Mapping[str, object] | None = None) -> object:
    """Fill ``values`` in, send, and return what the dialog ended with, or ``NOT_YET``."""
    await fill(pilot, values or {})
    await pilot.press("ctrl+s")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return result(pilot)


def answer(pilot: Pilot[None]) -> str:
    """Return what the dialog says about the answer."""
    return str(pilot.app.screen.query_one("#answer", Static).render())


def problem(pilot: Pilot[None], path: str) -> str | None:
    """Return what the field at ``path`` says is wrong."""
    return field(pilot, path)._problem
