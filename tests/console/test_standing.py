"""What stays on the screen and what goes: the cursor, receipts, and answers that do not come."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from console.panes.messages import Said
from console.panes.orders import OrdersPane
from console.receipt import Receipt
from console.widgets import receipt_line
from tests.support.console_app import active, receipt, running_console, until
from tests.support.temporal import dev_server, fresh
from tests.support.visibility import publish


@pytest.fixture
async def unserved() -> AsyncIterator[Client]:
    """Give a server with no worker: what is listed answers nothing."""
    async with dev_server() as environment:
        yield environment.client


async def listed(client: Client) -> str:
    """Start an order that is listed and that nobody runs, and return its ID."""
    order_id = fresh("ORD")
    await publish(client, OrdersPane.system, order_id, stage="AWAITING_PAYMENT")
    return order_id


async def test_the_cursor_is_on_the_newest_until_it_is_moved(unserved: Client) -> None:
    first = await listed(unserved)
    async with running_console(unserved, "chen") as pilot:
        table = active(pilot).table
        await until(pilot, lambda: table.row_count > 0 and table.focused_row.business_id == first, "the first")
        second = await listed(unserved)
        await until(pilot, lambda: table.focused_row.business_id == second, "the cursor on the newest")
        await pilot.press("down")
        assert table.focused_row.business_id == first
        third = await listed(unserved)
        await until(pilot, lambda: table.shown_rows[0].business_id == third, "the newest in the list")
        assert table.focused_row.business_id == first


async def test_a_receipt_goes_after_a_while_and_a_refusal_with_the_next_action(
    unserved: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_line, "READ_SECONDS", 0.3)
    async with running_console(unserved, "chen") as pilot:
        active(pilot).post_message(Said(Receipt(ok=False, action="pay", target="ORD-1", text="too late", seconds=0.1)))
        await until(pilot, lambda: "too late" in receipt(pilot), "the refusal")
        await pilot.pause(0.6)
        assert "too late" in receipt(pilot)
        await pilot.press("n")
        await until(pilot, lambda: receipt(pilot) == "", "nothing after the next action")
        active(pilot).post_message(Said(Receipt(ok=True, action="pay", target="ORD-1", text="taken", seconds=0.1)))
        await until(pilot, lambda: "taken" in receipt(pilot), "the receipt")
        await until(pilot, lambda: receipt(pilot) == "", "nothing after a while")


async def test_what_was_said_on_a_tab_is_not_said_on_the_next(unserved: Client) -> None:
    async with running_console(unserved, "chen") as pilot:
        await pilot.press("p")
        await until(pilot, lambda: "there is no order to act on" in receipt(pilot), "why not")
        await pilot.press("2")
        await until(pilot, lambda: receipt(pilot) == "", "nothing")
