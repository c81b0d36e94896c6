"""A screen as text: its characters, and below them the style of every cell, with the theme's names for the colours."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from itertools import groupby

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App
from textual.color import Color, ColorParseError
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.support.drawing import Changes

TIMEOUT = 30.0
"""Seconds that a screen may take to become what it should, on a busy machine too."""

STILL_SECONDS = 0.4
"""Longer than any pause of the console between what it shows at once and what it adds to that.

Less than the half second between two ticks, which may draw something each time.
"""

POLL_INTERVAL = 0.02
ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse")


class TextSnapshot(SingleFileSnapshotExtension):
    """Keeps each snapshot in a text file of its own."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


async def awaited_screen_text(pilot: Pilot[None], wanted: str, *, styles: bool = False) -> str:
    """Return the screen, of an app that is `drawn_on_demand`, once it is as ``wanted``, or as it is if it never is."""
    drawn, end = -1, time.monotonic() + TIMEOUT
    while True:
        await _settle(pilot)
        late = time.monotonic() > end
        if drawn != Changes.count or late:
            drawn, text = Changes.count, _text(pilot, styles=styles)
            if text == wanted or late:
                return text
        await asyncio.sleep(POLL_INTERVAL)


async def still_screen_text(pilot: Pilot[None], *, styles: bool = False, seconds: float = 0.1) -> str:
    """Return the screen, of an app that is `drawn_on_demand`, once nothing on it has changed for some seconds."""
    text, drawn, since = "", -1, time.monotonic()
    while time.monotonic() < since + seconds:
        await _settle(pilot)
        if drawn != Changes.count:
            drawn, before, text = Changes.count, text, _text(pilot, styles=styles)
            since = since if text == before else time.monotonic()
        await asyncio.sleep(POLL_INTERVAL)
    return text


async def _settle(pilot: Pilot[None]) -> None:
    _stop_cursors(pilot.app)
    await pilot.pause()


def _text(pilot: Pilot[None], *, styles: bool) -> str:
    return _screen_text(pilot.app, _colour_names(pilot.app.theme_variables) if styles else None)


def _stop_cursors(app: App[None]) -> None:
    """Let no cursor blink."""
    for line in app.screen.query(Input):
        line._pause_blink(visible=line.has_focus)
    for area in app.screen.query(TextArea):
        area._pause_blink(visible=area.has_focus)


def screen_text(app: App[None]) -> str:
    """Return what is on the screen, dialogs included."""
    return _screen_text(app)


def _screen_text(app: App[None], colours: Mapping[str, str] | None = None) -> str:
    """Return what is on the screen; with names of ``colours`` also how it is drawn."""
    _stop_cursors(app)
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    rows = [[segment for strip in line for segment in strip] for line in update.strips]  # type: ignore[union-attr]
    lines = ["".join(segment.text for segment in row).rstrip() for row in rows]
    if colours is not None:
        drawn = [" · ".join(_runs(row, colours)) for row in rows]
        lines.append("-" * app.size.width)
        number = 1
        for style, same in groupby(drawn):
            count = len(list(same))
            lines.append(f"{number}{f'-{number + count - 1}' if count > 1 else ''}: {style}")
            number += count
    return "\n".join(lines) + "\n"


def _runs(row: list[Segment], names: Mapping[str, str]) -> Iterator[str]:
    """Yield where each style of a line begins."""
    column = 0
    for style, same in groupby(row, key=lambda segment: _style_text(segment, names)):
        yield f"{column} {style}"
        column += sum(segment.cell_length for segment in same)


def _style_text(segment: Segment, names: Mapping[str, str]) -> str:
    """Return attributes, colour and background; of blank cells only what can be seen."""
    style = segment.style or Style()
    background = f"on {_name(style.bgcolor, names)}"
    attributes = [name for name in ATTRIBUTES if getattr(style, name)]
    if segment.text.isspace() and not {"underline", "reverse"} & set(attributes):
        return background
    return " ".join([*attributes, _name(style.color, names), background])


def _name(colour: RichColor | None, names: Mapping[str, str]) -> str:
    if colour is None or colour.triplet is None:
        return "default"
    return names.get(colour.triplet.hex, colour.triplet.hex)


def _colour_names(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the theme's colours by their values; of several the shortest."""
    names: dict[str, str] = {}
    for name in sorted(variables, key=lambda name: (len(name), name), reverse=True):
        try:
            names[Color.parse(variables[name]).hex.lower()] = name
        except ColorParseError:
            continue
    return names
