"""Every screen at three sizes, with the clock stopped."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from tests.support.snapshot import TextSnapshot, still_screen_text

NOW = datetime(2025, 1, 31, 15, 18, 22, tzinfo=ZoneInfo("UTC"))
SIZES = ["80x24", "120x40", "160x45"]
STYLED = (120, 40)
"""The size at which styles are compared, too."""

Size = tuple[int, int]
Check = Callable[[Pilot[None]], Awaitable[None]]


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
    """Compare the screen with its snapshot."""

    async def compare(pilot: Pilot[None]) -> None:
        assert await still_screen_text(pilot, styles=size == STYLED) == snapshot(extension_class=TextSnapshot)

    return compare
