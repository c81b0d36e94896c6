"""Operations on a run: what they say before anything is done."""

import pytest
from textual.widgets import OptionList

from console.operations.dialog import OperationDialog
from console.operations.screen import OperationsScreen
from tests.screens.conftest import Check, Size
from tests.screens.frozen import FrozenGateway, frozen_console
from tests.support.console_app import Console


async def choose(console: Console, title: str) -> None:
    """Open the operations, and choose one."""
    await console.press("O")
    await console.until(lambda: isinstance(console.app.screen, OperationsScreen) and "Still held" in about(console))
    options = console.app.screen.query_one(OptionList)
    options.highlighted = next(i for i, one in enumerate(options.options) if title in str(one.prompt))
    if title:
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, OperationDialog))


def about(console: Console) -> str:
    """Return what is known of the run."""
    return console.text("#operations-about")


async def test_operations(size: Size, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with frozen_console(monkeypatch, size) as console:
        await console.until(lambda: "What you can do" in console.details)
        await choose(console, "")
        await check(console.pilot, "operations", styles=True)
        await console.press("escape")
        await choose(console, "Terminate")
        await console.press(*"by mistake", "enter", *"ORD-1", "ctrl+s")
        await check(console.pilot, "operation-terminate", styles=True)
        await console.press("escape", "escape")
        await choose(console, "Reset")
        await check(console.pilot, "operation-reset", styles=True)
        await console.press("escape")
        monkeypatch.setattr(FrozenGateway, "paused", True)
        await choose(console, "Unpause")
        await check(console.pilot, "operation-unpause")
