"""Choosing who acts: a list of people, and one line that says why it is empty."""

from collections.abc import Sequence

import pytest
from textual.widgets import Static

from console.dialogs.act_as import NO_MATCH, UNKNOWN_DIRECTORY, ActAsDialog
from console.model import EMPTY_DIRECTORY, Directory
from tests.support.forms import asked
from workflows.shared.errors import NoAnswerError


@pytest.mark.parametrize(
    ("people", "typed", "said"),
    [
        (None, "", UNKNOWN_DIRECTORY),
        ([], "", EMPTY_DIRECTORY),
        (["ana", "ben"], "e", ""),
        (["ana", "ben"], "rib", NO_MATCH),
    ],
)
async def test_an_empty_list_says_why(people: Sequence[str] | None, typed: str, said: str) -> None:
    async def look_up(_: str) -> Directory:
        if people is None:
            raise NoAnswerError("no worker answers")
        return Directory(known=True, people=tuple(people))

    dialog = ActAsDialog("ana", people, look_up, lambda _: None)
    async with asked(dialog) as pilot:
        await pilot.press(*typed)
        await pilot.pause()
        assert str(dialog.query_one(".dialog--nobody", Static).render()) == said
