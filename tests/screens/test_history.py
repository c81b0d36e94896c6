"""The screens with the history of a run."""

import pytest

from tests.screens.conftest import Check, Size
from tests.screens.frozen import frozen_console

STEPS = [
    ("history", "h", "▏created"),  # what the business says comes last
    ("history-events", "e", "reset point"),
    ("history-tree", "r end", "attempt 4"),
    ("history-timeline", "t", "█"),
    ("history-failure", "b home f", "failure 1 of 2"),
    ("history-payload", "p", "provider timed out"),
    ("history-linked", "escape l", "refund-pay_8812"),
    ("history-help", "escape question_mark", "Help · History"),
    ("history-limits", "escape g", "updates in flight"),
    ("history-compare", "escape D", "different"),
]
STYLED = {"history", "history-timeline", "history-compare"}


async def test_history(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await console.until(lambda: "What you can do" in console.details)
        for name, keys, words in STEPS:
            await console.press(*keys.split())
            await check(console.pilot, name, styles=name in STYLED, words=words)
