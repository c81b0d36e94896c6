"""The console around the panes, on real servers: connection, long lists, and a namespace without search attributes."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from textual.widgets import Static

from console.app import ConsoleApp
from console.settings import ConsoleSettings
from console.systems.orders.system import ORDERS as SYSTEM
from console.widgets.key_footer import KeyLabel
from console.widgets.status_bar import StatusBar
from tests.support.console_app import (
    FixedSession,
    active,
    click,
    focus,
    focused,
    running_console,
    session_state,
    until,
)
from tests.support.orders import Shop, orders_worker, stocked
from tests.support.screen import chips, footer, status, table_text
from tests.support.temporal import dev_server
from tests.support.visibility import delete, publish, until_listed
from tests.support.wire import wire_to
from workflows.orders.client import ID_PREFIX, TASK_QUEUE, workflow_id
from workflows.runtime.health import SupervisorReport, WorkerHealth

ORDERS = replace(SYSTEM.kind, task_queue="nobody")
STAGES = ("AWAITING_PAYMENT", "FULFILLING", "DELIVERED")


@pytest.fixture(scope="module")
async def many() -> AsyncIterator[WorkflowEnvironment]:
    """Give a server with 45 orders and no worker, fifteen in each of three stages."""
    async with dev_server() as environment:
        for index in range(45):
            title = f"Customer {index:02}"
            attention = "overdue" if index == 0 else None
            stage = STAGES[index % 3]
            await publish(
                environment.client, ORDERS, f"ORD-{index:03}", stage=stage, title=title, attention=attention, amount=100
            )
        await until_listed(environment.client, ORDERS.query, 45)
        yield environment


async def test_a_long_list_is_paged_and_counted(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen", page_size=20) as pilot:
        pane = active(pilot)
        await until(pilot, lambda: len(pane.table.shown_rows) == 20, "the first page")
        await until(pilot, lambda: "◔ awaiting payment 15" in chips(pilot) and "all 45" in chips(pilot), "the counts")
        await until(pilot, lambda: "▲ needs a look 1" in chips(pilot), "the count of what needs a look")
        await until(pilot, lambda: "1-20 of 45" in _extent(pilot), "the extent")
        for loaded in (40, 45):
            await pilot.press("end")
            await until(pilot, lambda loaded=loaded: len(pane.table.shown_rows) == loaded, f"{loaded} rows")  # type: ignore[misc]
        assert "1-45 of 45" in _extent(pilot)


def _extent(pilot: object) -> str:
    return str(active(pilot).query_one("RowList").border_subtitle)  # type: ignore[arg-type]


@pytest.mark.parametrize("page_size", [20, 200])
async def test_stages_and_words_filter(many: WorkflowEnvironment, page_size: int) -> None:
    async with running_console(many.client, "chen", page_size=page_size) as pilot:
        pane = active(pilot)
        await until(pilot, lambda: "◔ awaiting payment 15" in chips(pilot), "the counts")
        await pilot.press("right")
        await until(pilot, lambda: _names(pilot) == [f"ORD-{index:03}" for index in range(42, -1, -3)], "one stage")
        assert {row.stage for row in pane.table.shown_rows} == {"AWAITING_PAYMENT"}
        await pilot.press("escape", "slash", *"id:ORD-01 5")
        await until(pilot, lambda: _names(pilot) == ["ORD-015"], "the filtered row")
        await pilot.press("enter")
        assert pane.table.has_focus
        await pilot.press("escape")
        await until(pilot, lambda: len(pane.table.shown_rows) == min(page_size, 45), "all again")
        await until(pilot, lambda: "▲ needs a look 1" in chips(pilot), "the chip")
        await click(pilot, lambda: list(pane.query("StageChip"))[-1])
        await until(pilot, lambda: _names(pilot) == ["ORD-000"], "what needs a look")


def _names(pilot: object) -> list[str]:
    return [row.business_id for row in active(pilot).table.shown_rows]  # type: ignore[arg-type]


async def test_a_filter_that_nothing_passes_says_how_to_leave(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen") as pilot:
        await until(pilot, lambda: len(_names(pilot)) == 45, "the rows")
        await pilot.press("slash", *"nobody")
        empty = active(pilot).query_one(".empty", Static)
        await until(pilot, lambda: empty.display and "esc shows all" in str(empty.render()), "the words")


async def test_the_cursor_stays_on_its_workflow_when_new_ones_come(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen") as pilot:
        await until(pilot, lambda: len(_names(pilot)) >= 45, "the rows")
        table = active(pilot).table
        await pilot.press("down", "down", "down")
        before = focused(pilot)
        await publish(many.client, ORDERS, "NEW", title="New")
        await until(pilot, lambda: "NEW" in _names(pilot), "the new row")
        assert focused(pilot).key == before.key
        assert table.cursor == 4
    await delete(many.client, f"{ID_PREFIX}NEW")  # other tests count the rows
    await until_listed(many.client, ORDERS.query, 45)


async def test_a_lost_connection_marks_the_data_stale_until_it_is_back(many: WorkflowEnvironment) -> None:
    async with wire_to(many.client.service_client.config.target_host) as wire:
        client = await Client.connect(wire.address, data_converter=pydantic_data_converter)
        async with running_console(client, "chen") as pilot:
            await until(pilot, lambda: "ORD-044" in table_text(pilot), "the rows")
            await wire.cut()
            await until(pilot, lambda: "not connected" in status(pilot) and "retrying" in status(pilot), "the loss")
            assert pilot.app.screen.query_one(StatusBar).has_class("-stale")
            assert "ORD-044" in table_text(pilot)
            await wire.mend()
            await until(pilot, lambda: "not connected" not in status(pilot), "the connection again")
            assert not pilot.app.screen.query_one(StatusBar).has_class("-stale")


async def test_a_replaced_client_is_used_from_then_on(many: WorkflowEnvironment) -> None:
    async with dev_server() as other:
        session = FixedSession(other.client)
        app = ConsoleApp(session, ConsoleSettings(refresh_seconds=0.3), "chen")
        async with app.run_test(size=(160, 45), notifications=True) as pilot:
            await until(pilot, lambda: "first order" in str(active(pilot).query_one(".empty").render()), "no orders")
            session.client = many.client
            session.state = session_state("elsewhere:7233", server_notice="the server has moved")
            assert session.on_change is not None
            session.on_change(session.state)
            await until(pilot, lambda: "ORD-044" in table_text(pilot), "the other server's rows")
            await until(pilot, lambda: "elsewhere:7233" in status(pilot), "the other server's address")
            assert "the server has moved" in status(pilot)


async def test_without_search_attributes_the_visible_rows_are_queried() -> None:
    async with dev_server(search_attributes=False) as environment:
        client = environment.client
        async with orders_worker(client, stocked(), TASK_QUEUE, registered=False):
            shop = Shop(client, stocked(), TASK_QUEUE)
            request = await shop.start()
            session = FixedSession(client, session_state(search_attributes=None))
            app = ConsoleApp(session, ConsoleSettings(refresh_seconds=0.3), "chen")
            async with app.run_test(size=(160, 45), notifications=True) as pilot:
                await until(pilot, lambda: "◔ awaiting pay" in table_text(pilot), "the stage, asked of the workflow")
                assert "Ada Lovelace" in table_text(pilot)
                assert "◔ awaiting payment 1" in chips(pilot)
                await until(pilot, lambda: "no search attributes" in status(pilot), "the notice")
                await shop.cancel(request)
                await until(pilot, lambda: "✖ cancelled" in table_text(pilot), "the stage, asked again")
                await focus(pilot, workflow_id(request.order_id), "✖ CANCELLED")


async def test_the_status_bar_tells_of_workers_slack_and_operator(many: WorkflowEnvironment) -> None:
    now = datetime.now(UTC)
    workers = [
        WorkerHealth(name="orders", task_queue="q", state="polling", since=now),
        WorkerHealth(name="approvals", task_queue="q", state="restarting", since=now, error="boom"),
        WorkerHealth(name="campaigns", task_queue="q", state="starting", since=now),
    ]
    report = SupervisorReport(
        pid=1, at=now, workers=workers, services={"slack": "failing"}, store="", search_attributes=True
    )
    state = session_state("127.0.0.1:7233", embedded=True, report=report)
    for size, expected in (
        (
            (160, 45),
            "tconsole   ● embedded 127.0.0.1:7233 · default   ● orders ▲ approvals ◌ campaigns   slack failing",
        ),
        ((80, 24), "● embedded   ● orders ▲ approvals ◌ campaigns"),
    ):
        app = ConsoleApp(FixedSession(many.client, state), ConsoleSettings(), "ada")
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: " s ago" in status(pilot), "the age of the data")
            assert status(pilot).strip().startswith(expected)
            assert "you: ada" in status(pilot)
            assert "boom" in str(pilot.app.screen.query_one(StatusBar).tooltip)


async def test_a_long_worker_problem_is_cut_in_the_status_bar_and_full_in_the_help(many: WorkflowEnvironment) -> None:
    words = "workers cannot run: TCONSOLE_STORE_URL: foo://x is no SQLAlchemy URL of a database that is known here"
    session = FixedSession(many.client, session_state("127.0.0.1:7233", workers=words))
    app = ConsoleApp(session, ConsoleSettings(), "ada")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: " s ago" in status(pilot), "the age of the data")
        assert re.search("workers cannot run: T.*…", status(pilot))
        assert words in str(app.screen.query_one(StatusBar).tooltip)
        await pilot.press("question_mark")
        await until(pilot, lambda: len(app.screen_stack) == 2, "the help")
        assert words in str(app.screen.query_one("#help Static", Static).render())


async def test_control_c_quits_where_nothing_is_selected(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen") as pilot:
        await pilot.press("slash", *"word", "shift+home", "ctrl+c")
        assert pilot.app.clipboard == "word"
        assert pilot.app.is_running
        await pilot.press("enter", "ctrl+c")
        await until(pilot, lambda: not pilot.app.is_running or pilot.app._exit, "the end")


async def test_the_help_key_is_seen_in_a_narrow_terminal(many: WorkflowEnvironment) -> None:
    for tab in "123":
        async with running_console(many.client, "chen", size=(80, 24), tab=tab) as pilot:
            await until(pilot, lambda: "Quit" in footer(pilot), "the keys")
            assert "Help" in footer(pilot)


async def test_help_explains_keys_and_signs(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen", size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2, "the help")
        text = str(pilot.app.screen.query_one("#help Static", Static).render())
        assert "◔  awaiting payment" in text
        assert re.search("▲ human +a human must look", text)
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1, "the list again")


async def test_tabs_turn_by_key_and_by_mouse(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen") as pilot:
        await pilot.press("3")
        assert active(pilot).system.name == "campaigns"
        await click(pilot, lambda: next(iter(pilot.app.screen.query("Tab"))))
        await until(pilot, lambda: active(pilot).system.name == "orders", "the first tab")
        assert active(pilot).table.has_focus


async def test_the_mouse_chooses_rows_and_keys(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen") as pilot:
        await until(pilot, lambda: len(_names(pilot)) >= 45, "the rows")
        table = active(pilot).table
        await pilot.click(table, offset=(5, 4))
        assert table.cursor == 3
        await click(pilot, lambda: next(key for key in pilot.app.screen.query(KeyLabel) if "Help" in str(key.render())))
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2, "the help")


async def test_the_scroll_bar_takes_clicks_and_can_be_dragged(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen", size=(160, 24)) as pilot:
        await until(pilot, lambda: len(_names(pilot)) == 45, "the rows")
        table = active(pilot).table
        bar, last = table.size.width - 1, table.size.height - 1
        await pilot.mouse_down(table, offset=(bar, last))
        await until(pilot, lambda: table.scroll_offset.y == table.max_scroll_y > 0, "the end of the list")
        assert table.cursor == 0  # it was looked at, not chosen
        await pilot.hover(table, offset=(bar, 1))
        await until(pilot, lambda: table.scroll_offset.y == 0, "its beginning, by dragging")
        await pilot.mouse_up(table, offset=(bar, 1))
        await pilot.hover(table, offset=(bar, last))
        assert table.scroll_offset.y == 0


async def test_a_workflow_without_a_worker_says_so_and_the_console_goes_on(many: WorkflowEnvironment) -> None:
    async with running_console(many.client, "chen") as pilot:
        await until(pilot, lambda: len(_names(pilot)) >= 45, "the rows")
        await focus(pilot, f"{ID_PREFIX}ORD-001", "is a worker running?")
        await pilot.press("home", "down")
        assert active(pilot).table.cursor == 1
