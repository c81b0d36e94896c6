"""The command palette: text from outside is only text in it."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from textual.app import App
from textual.command import CommandList

from console.commands.entries import Entry, EntryProvider

HOSTILE = ("[/x] a", "[@click=app.quit]a[/]", "[red]a[/red]", "a\\", "[a", "a\x1b[31mb")
SHOWN = {"[/x] a", "[@click=app.quit]a[/]", "[red]a[/red]", "a\\", "[a", "ab"}


class Hostile(EntryProvider):
    """Offers names that look like markup, or hold an escape."""

    def entries(self) -> Iterator[Entry]:
        """Yield them, each with itself as the explanation."""
        for text in HOSTILE:
            yield Entry(text, text, lambda: None)


class HostileApp(App[None]):
    """Has nothing but the palette."""

    COMMANDS: ClassVar = {Hostile}


@pytest.mark.parametrize("typed", ["", "a"])
async def test_names_and_explanations_are_no_markup(typed: str) -> None:
    app = HostileApp()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *typed)
        while app.screen.query_one(CommandList).option_count < len(HOSTILE):
            await pilot.pause()
        prompts = [str(option.prompt) for option in app.screen.query_one(CommandList).options]
    assert {tuple(prompt.split("\n")) for prompt in prompts} == {(text, text) for text in SHOWN}
