"""The console around the panes, on real servers: connection, long lists, and a namespace without search attributes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from console.listing.row_list import RowList
from console.listing.stage_line import StageChip
from console.systems.orders.system import ORDERS as SYSTEM
from console.widgets.key_footer import KeyFooter, KeyLabel
from console.widgets.status_bar import StatusBar
from tests.support.console_app import FixedSession, running_console, session_state
from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import new_namespace
from tests.support.visibility import delete, publish, until_listed
from tests.support.wire import wire_to
from workflows.orders.client import ID_PREFIX, TASK_QUEUE, workflow_id
from workflows.runtime.health import SupervisorReport, WorkerHealth
from workflows.shared import client as domain_client

ORDERS = SYSTEM.kind
STAGES = ("AWAITING_PAYMENT", "FULFILLING", "DELIVERED")


@pytest.fixture(scope="module")
async def many(client: Client) -> Client:
    """Give a namespace with 45 orders and no worker, fifteen in each of three stages."""
    own = await new_namespace(client)
    for index in range(45):
        title = f"Customer {index:02}"
        attention = "overdue" if index == 0 else None
        stage = STAGES[index % 3]
        await publish(own, ORDERS, f"ORD-{index:03}", stage=stage, title=title, attention=attention, amount=100)
    await until_listed(own, ORDERS.query, 45)
    return own


async def test_a_long_list_is_paged_and_counted(many: Client) -> None:
    async with running_console(many, page_size=20) as console:
        await console.until(lambda: len(console.table.shown_rows) == 20)
        await console.until(lambda: "◔ awaiting payment 15" in console.chips and "all 45" in console.chips)
        await console.until(lambda: "▲ needs a look 1" in console.chips)
        await console.until(lambda: "1-20 of 45" in str(console.pane.query_one(RowList).border_subtitle))
        await console.until(lambda: "s old" in str(console.pane.query_one(RowList).border_subtitle))
        for loaded in (40, 45):
            await console.press("end")
            await console.until(lambda loaded=loaded: len(console.table.shown_rows) == loaded)  # type: ignore[misc]
        assert "1-45 of 45" in str(console.pane.query_one(RowList).border_subtitle)


@pytest.mark.parametrize("page_size", [20, 200])
async def test_stages_and_words_filter(many: Client, page_size: int) -> None:
    async with running_console(many, page_size=page_size) as console:
        await console.until(lambda: "◔ awaiting payment 15" in console.chips)
        await console.press("right")
        await console.until(lambda: console.rows == [f"ORD-{index:03}" for index in range(42, -1, -3)])
        assert {row.stage for row in console.table.shown_rows} == {"AWAITING_PAYMENT"}
        await console.press("escape", "slash", *"id:ORD-01 5")
        await console.until(lambda: console.rows == ["ORD-015"])
        await console.press("enter")
        assert console.table.has_focus
        await console.press("escape")
        await console.until(lambda: len(console.table.shown_rows) == min(page_size, 45))
        await console.until(lambda: "▲ needs a look 1" in console.chips)
        await console.click(lambda: list(console.pane.query("StageChip"))[-1])
        await console.until(lambda: console.rows == ["ORD-000"])


async def test_the_cursor_stays_on_its_workflow_when_new_ones_come(many: Client) -> None:
    async with running_console(many) as console:
        await console.until(lambda: len(console.rows) >= 45)
        await console.press("down", "down", "down")
        before = console.row
        await publish(many, ORDERS, "NEW", title="New")
        await console.until(lambda: "NEW" in console.rows)
        assert console.row.key == before.key
        assert console.table.cursor == 4
    await delete(many, f"{ID_PREFIX}NEW")  # other tests count the rows
    await until_listed(many, ORDERS.query, 45)


async def test_a_lost_connection_marks_the_data_stale_until_it_is_back(many: Client) -> None:
    async with wire_to(many.service_client.config.target_host) as wire:
        client = await Client.connect(wire.address, namespace=many.namespace, data_converter=pydantic_data_converter)
        async with running_console(client) as console:
            await console.until(lambda: "ORD-044" in console.list_text)
            await wire.cut()
            await console.until(lambda: "not connected" in console.status and "retrying" in console.status)
            assert console.app.screen.query_one(StatusBar).has_class("-stale")
            assert "ORD-044" in console.list_text
            await wire.mend()
            await console.until(lambda: "not connected" not in console.status)
            assert not console.app.screen.query_one(StatusBar).has_class("-stale")


async def test_a_replaced_client_is_used_from_then_on(many: Client, own_namespace: Client) -> None:
    async with running_console(own_namespace) as console:
        session = console.app.session
        assert isinstance(session, FixedSession)
        await console.until(lambda: "first order" in console.text("SystemPane#pane-orders .empty"))
        session.client = many
        session.state = session_state("elsewhere:7233", server_notice="the server has moved")
        assert session.on_change is not None
        session.on_change(session.state)
        await console.until(lambda: "ORD-044" in console.list_text)
        await console.until(lambda: "elsewhere:7233" in console.status)
        assert "the server has moved" in console.status


async def test_without_search_attributes_the_visible_rows_are_queried(client: Client) -> None:
    own = await new_namespace(client, search_attributes=False)
    async with orders_worker(own, stocked(), TASK_QUEUE, registered=False):
        shop = Shop(own, stocked(), TASK_QUEUE)
        request = await shop.start()
        async with running_console(own, state=session_state(search_attributes=None)) as console:
            await console.until(lambda: "◔ awaiting pay" in console.list_text)
            assert "Ada Lovelace" in console.list_text
            assert "◔ awaiting payment 1" in console.chips
            await console.until(lambda: "no search attributes" in console.status)
            await shop.cancel(request)
            await console.until(lambda: "✖ cancelled" in console.list_text)
            await console.focus(workflow_id(request.order_id), "✖ CANCELLED")


async def test_what_is_wrong_with_workers_is_told_in_full(many: Client) -> None:
    now, words = datetime.now(UTC), "TCONSOLE_STORE_URL: foo://x is no SQLAlchemy URL of a database that is known here"
    workers = [
        WorkerHealth(name="orders", task_queue="q", state="restarting", since=now, error=words),
        WorkerHealth(name="campaigns", task_queue="q", state="starting", since=now),
    ]
    report = SupervisorReport(pid=1, at=now, workers=workers, services={}, store="", search_attributes=True)
    for state in (session_state(report=report), session_state(workers=words)):
        async with running_console(many, state=state, size=(80, 24)) as console:
            await console.until(lambda: " s ago" in console.status)
            if state.report:
                assert "▲ orders ◌ campaigns" in console.status
            else:
                assert re.search("TCONSOLE_.*…", console.status)
                await console.press("question_mark")
                await console.until(lambda: console.dialogs and words in " ".join(console.text("#help Static").split()))
            assert words in str(console.app.screen_stack[0].query_one(StatusBar).tooltip)


async def test_control_c_quits_where_nothing_is_selected(many: Client) -> None:
    async with running_console(many) as console:
        await console.press("slash", *"word", "shift+home", "ctrl+c")
        assert console.app.clipboard == "word"
        assert console.app.is_running
        await console.press("enter", "ctrl+c")
        await console.until(lambda: not console.app.is_running or console.app._exit)


async def test_the_footer_draws_anew_what_a_race_has_taken_away(many: Client) -> None:
    async with running_console(many) as console:
        await console.until(lambda: len(console.rows) >= 45 and "Help" in console.footer)
        footer, before = console.app.query_one(KeyFooter), console.footer
        await footer.query(KeyLabel).last().remove()
        await footer._follow()
        assert console.footer == before
        await footer.remove()
        await footer._follow()  # the console is closing


async def test_the_mouse_chooses_tabs_rows_and_keys(many: Client) -> None:
    async with running_console(many) as console:
        await console.press("3")
        assert console.pane.system.name == "campaigns"
        await console.click(lambda: next(iter(console.app.screen.query("Tab"))))
        await console.until(lambda: console.pane.system.name == "orders")
        assert console.table.has_focus
        await console.until(lambda: len(console.rows) >= 45)
        await console.pilot.click(console.table, offset=(5, 4))
        assert console.table.cursor == 3
        keys = console.app.screen.query(KeyLabel)
        await console.click(lambda: next(key for key in keys if "Help" in str(key.render())))
        await console.until(lambda: console.dialogs == 1)


async def test_the_stage_line_has_room_for_its_words_after_a_resize(many: Client) -> None:
    async with running_console(many, size=(80, 24)) as console:
        await console.until(lambda: len(console.rows) >= 45)
        chips = [chip for chip in console.pane.query(StageChip) if chip.display]
        await console.until(lambda: "·" not in str(chips[0].render()))
        await console.pilot.resize_terminal(160, 45)
        await console.until(lambda: chips[-1].content_size.width == cell_len(str(chips[-1].render())))
        assert [chip.content_size.width for chip in chips] == [cell_len(str(chip.render())) for chip in chips]


async def test_the_scroll_bar_takes_clicks_and_can_be_dragged(many: Client) -> None:
    async with running_console(many, size=(160, 24)) as console:
        await console.until(lambda: len(console.rows) == 45)
        bar, last = console.table.size.width - 1, console.table.size.height - 1
        await console.pilot.mouse_down(console.table, offset=(bar, last))
        await console.until(lambda: console.table.scroll_offset.y == console.table.max_scroll_y > 0)
        assert console.table.cursor == 0  # it was looked at, not chosen
        await console.pilot.hover(console.table, offset=(bar, 1))
        await console.until(lambda: console.table.scroll_offset.y == 0)
        await console.pilot.mouse_up(console.table, offset=(bar, 1))
        await console.pilot.hover(console.table, offset=(bar, last))
        assert console.table.scroll_offset.y == 0


async def test_a_workflow_without_a_worker_says_so_and_the_console_goes_on(
    many: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain_client, "CALL_TIMEOUT", timedelta(seconds=1))  # nobody answers anyway
    async with running_console(many) as console:
        await console.until(lambda: len(console.rows) >= 45)
        await console.focus(f"{ID_PREFIX}ORD-001", "is a worker running?")
        await console.press("home", "down")
        assert console.table.cursor == 1
