"""Every screen at three sizes, with the clock stopped."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest
import time_machine
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from tests.support.console_app import Console
from tests.support.snapshot import STILL_SECONDS, TextSnapshot, awaited_screen_text, still_screen_text

NOW = datetime(2025, 1, 31, 15, 18, 22, tzinfo=ZoneInfo("UTC"))
SIZES = ["80x24", "120x40", "160x45"]
STYLED = (120, 40)
"""The size at which styles are compared."""

Size = tuple[int, int]


class Check(Protocol):
    """Compares the screen with a snapshot."""

    async def __call__(self, pilot: Pilot[None], name: str, *, styles: bool = False, words: str = "") -> None:
        """Compare; with ``styles`` at the middle size also how it is drawn. A new snapshot is taken with ``words``."""


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Stop the clock, in UTC."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> Size:
    """Give columns and lines of the terminal."""
    columns, lines = map(int, request.param.split("x"))
    return columns, lines


@pytest.fixture
def check(snapshot: SnapshotAssertion, size: Size) -> Check:
    """Compare the screen with the snapshot of a name."""
    saved = snapshot.use_extension(TextSnapshot)

    def wanted(name: str) -> str | None:
        file = Path(saved.extension.get_location(test_location=saved.test_location, index=name))
        return None if saved.update_snapshots or not file.exists() else file.read_text(encoding="utf-8")

    async def compare(pilot: Pilot[None], name: str, *, styles: bool = False, words: str = "") -> None:
        known, styled = wanted(name), styles and size == STYLED
        if known is None:
            if words:
                await Console(pilot).shows(words)
            text = await still_screen_text(pilot, styles=styled, seconds=STILL_SECONDS)
        else:
            text = await awaited_screen_text(pilot, known, styles=styled)
        assert text == saved(name=name)

    return compare
