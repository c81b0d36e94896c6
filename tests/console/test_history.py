"""The screen with the history of a run, on a real server."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle, WorkflowHistory
from textual.command import CommandList, CommandPalette
from textual.widgets import OptionList, Static

from console.commands.screen_commands import KeysHelp
from console.gateway.rows import RowKey
from console.history.compare_screen import CompareScreen
from console.history.comparison import Difference
from console.history.inspector import Inspector
from console.history.lines import View
from console.history.screen import HistoryScreen
from console.widgets.key_line import KeyLine
from tests.support.console_app import Console, running_console
from tests.support.failing_runs import FailingRun, failing_run
from tests.support.histories import replayer
from tests.support.orders import Shop
from tests.support.resets import reset, reset_points
from workflows.orders.client import workflow_id
from workflows.orders.workflow import WORKFLOWS


@pytest.fixture(scope="module")
async def failing(shop: Shop) -> AsyncIterator[WorkflowHandle[FailingRun, None]]:
    """Give a run whose last step fails and is tried again in an hour."""
    async with failing_run(shop.client) as handle:
        yield handle


def screen(console: Console) -> HistoryScreen:
    """Return the history on top."""
    assert isinstance(console.app.screen, HistoryScreen)
    return console.app.screen


def texts(console: Console) -> list[str]:
    """Return the lines of the history as they are drawn."""
    panel = screen(console).panel
    return ["".join(text for text, _ in panel._line(index, 150)).rstrip() for index in range(panel.line_count)]


def line_with(words: str) -> Callable[[Console], bool]:
    """Return whether a line of the history says ``words``."""
    return lambda console: any(words in line for line in texts(console))


def said(console: Console) -> str:
    """Return what is said above the keys."""
    return str(console.app.screen.query_one("#history-said", Static).render())


async def opened(console: Console, key: RowKey, words: str) -> None:
    """Open the history of a run, and wait until a line says ``words``."""
    systems = [pane.system for pane in console.app.panes.values()]
    console.app.push_screen(HistoryScreen(console.app.gateway, console.app.settings, key, systems))
    await console.until(lambda: isinstance(console.app.screen, HistoryScreen) and line_with(words)(console))


async def until_line(console: Console, words: str) -> str:
    """Wait for a line, put the cursor on it, and return it."""
    await console.until(lambda: line_with(words)(console))
    index = next(index for index, line in enumerate(texts(console)) if words in line)
    screen(console).panel.cursor = index
    return texts(console)[index]


async def test_an_order_s_history_has_the_business_beside_the_events_and_follows_it(shop: Shop, tmp_path: Path) -> None:
    request = await shop.start()
    async with running_console(shop.client, data_dir=tmp_path) as console:
        await console.focus(workflow_id(request.order_id), "Confirm payment")
        await console.press("h")
        await console.until(lambda: isinstance(console.app.screen, HistoryScreen))
        assert "▏created" in await until_line(console, "▏created")
        assert "until" in await until_line(console, "timer payment window")
        await shop.pay(request)
        assert "from" in await until_line(console, "→ signal confirm_payment")
        await until_line(console, "▏e-mail: delivered")
        await console.until(lambda: "completed" in console.text("#history-state"))
        for view in (View.EVENTS, View.TREE, View.TIMELINE, View.BUSINESS):
            await console.press("v")
            assert screen(console).panel.view is view
            assert line_with("record_capture")(console)
        await console.press("e", "home", "enter")
        await console.until(lambda: isinstance(console.app.screen, Inspector) and console.app.screen._documents)
        assert isinstance(console.app.screen, Inspector)
        assert '"name": "Ada Lovelace"' in console.app.screen.text
        await console.press("y")
        await console.until(lambda: "copied" in console.text("#inspector-said"))
        assert "Ada Lovelace" in json.dumps(json.loads(console.app.clipboard))
        await console.press("escape", "x")
        await console.until(lambda: "a replayer takes it" in said(console))
        (exported,) = (tmp_path / "exports").iterdir()
        assert exported.stat().st_mode & 0o077 == 0
        history = WorkflowHistory.from_json(workflow_id(request.order_id), exported.read_text(encoding="utf-8"))
        await replayer(WORKFLOWS).replay_workflow(history)
        await console.press("Y")
        await console.until(lambda: f"--workflow-id {workflow_id(request.order_id)} --run-id" in console.app.clipboard)
        await console.press("f")
        await console.until(lambda: said(console) == "nothing failed")
        await console.press("escape")
        await console.until(lambda: console.dialogs == 0)


async def test_a_failure_is_found_with_its_causes_and_what_is_tried_again_says_when(
    shop: Shop, failing: WorkflowHandle[FailingRun, None]
) -> None:
    async with running_console(shop.client) as console:
        await opened(console, RowKey(failing.id, ""), "charge")
        await console.until(lambda: "▲ 2 failed · ◐ 1 under way" in console.text("#history-state"))
        assert "next in 5" in await until_line(console, "scheduled, attempt 2")
        await console.press("home", "f")
        assert said(console) == "failure 1 of 2"
        await console.press("p")
        await console.until(lambda: isinstance(console.app.screen, Inspector) and console.app.screen._documents)
        assert isinstance(console.app.screen, Inspector)
        lines = console.app.screen.text.splitlines()
        chain = [line.strip() for line in lines[: lines.index("")]]
        assert chain[0] == "▲ what failed, and why"
        assert "application: Declined: charge of 12000 failed" in chain
        assert "└ application: TimeoutError: provider [b]timed out[/b]" in chain
        await console.press("escape", "f", "p")
        await console.until(lambda: isinstance(console.app.screen, Inspector) and console.app.screen._documents)
        assert isinstance(console.app.screen, Inspector)
        assert "▎ under way now" in console.app.screen.text


async def test_child_and_parent_are_a_key_away(shop: Shop, failing: WorkflowHandle[FailingRun, None]) -> None:
    async with running_console(shop.client) as console:
        await opened(console, RowKey(failing.id, ""), "charge")
        await until_line(console, f"Child → {failing.id}-child")
        await console.press("enter")
        await until_line(console, f"signal paid → {failing.id}")
        await console.until(lambda: screen(console)._description is not None)
        await console.press("l")
        await console.until(lambda: console.app.screen.query(OptionList))
        await console.press("enter")
        await console.until(lambda: console.dialogs == 3 and isinstance(console.app.screen, HistoryScreen))
        assert f"from {failing.id}-child" in await until_line(console, "→ signal paid")


async def test_a_reset_run_says_so_and_is_compared_with_the_one_before(shop: Shop) -> None:
    request = await shop.start()
    ident = workflow_id(request.order_id)
    async with running_console(shop.client) as console:
        await console.focus(ident, "Confirm payment")
        before = console.row
        (point, *_) = await reset_points(shop.client, ident)
        await reset(shop.client, ident, point)
        # For a moment, neither run may be listed, and the cursor is on another row then.
        await console.until(lambda: console.table.select(ident) and console.row.key.run_id != before.key.run_id)
        await shop.pay(request)
        await console.press("h")
        await console.until(lambda: isinstance(console.app.screen, HistoryScreen))
        await console.until(lambda: "· run 2 of 2 (reset" in str(screen(console).query_one("#history").border_title))
        await until_line(console, "▏e-mail: delivered")
        await console.press("D")
        await console.until(lambda: isinstance(console.app.screen, CompareScreen) and console.app.screen.shown)
        compared = console.app.screen
        assert isinstance(compared, CompareScreen)
        await console.until(
            lambda: any(pair.first and pair.first.text == "e-mail: delivered" for pair in compared.shown)
        )
        await console.until(lambda: "reading" not in console.text("#compare-said"))
        marks = {pair.first.text or pair.first.key: pair.difference for pair in compared.shown if pair.first}
        assert marks["e-mail: delivered"] is Difference.ONLY_FIRST
        assert marks["created"] is Difference.NONE
        assert marks["activity\0open_order"] in (Difference.NONE, Difference.DATA)
        everything = len(compared.shown)
        await console.press("d", "n", "enter")
        await console.until(lambda: isinstance(console.app.screen, Inspector) and console.app.screen._documents)
        assert len(compared.shown) < everything


async def test_what_is_not_there_says_so_and_every_key_has_a_name(shop: Shop) -> None:
    async with running_console(shop.client, size=(80, 24)) as console:
        systems = [pane.system for pane in console.app.panes.values()]
        missing = RowKey("order-[b]nobody[/b]", "")
        console.app.push_screen(HistoryScreen(console.app.gateway, console.app.settings, missing, systems))
        await console.until(lambda: console.app.screen.query("#history-said"))
        await console.until(lambda: "there is no order [b]nobody[/b]" in said(console))
        await console.press("p", "x", "D")
        await console.until(lambda: "this ID has no other run" in said(console))
        await console.press("question_mark")
        await console.until(lambda: isinstance(console.app.screen, KeysHelp))
        assert isinstance(console.app.screen, KeysHelp)
        named = {binding.description for binding in console.app.screen._keys}
        keys = {binding.description for binding in HistoryScreen.BINDINGS}  # type: ignore[union-attr]
        assert keys - named == {"Back", "Help"}
        await console.press("escape")
        await console.pilot.click(KeyLine, offset=(str(screen(console).query_one(KeyLine).render()).index("Help"), 0))
        await console.until(lambda: isinstance(console.app.screen, KeysHelp))
        await console.press("escape", "ctrl+p")
        await console.until(lambda: isinstance(console.app.screen, CommandPalette))
        await console.press(*"next failure")
        await console.until(lambda: console.app.screen.query_one(CommandList).option_count == 1)
        await console.press("down", "enter")
        await console.until(lambda: "nothing failed so far" in said(console))
