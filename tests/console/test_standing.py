"""What stays on the screen and what goes: the cursor, receipts, and answers that do not come."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from console.details.reader import FocusReader
from console.gateway.rows import Row, RowKey
from console.gateway.single_flight import SingleFlight
from console.notice import Notice
from console.receipt import Receipt
from console.systems.orders.system import ORDERS
from console.widgets import receipt_line
from tests.support.console_app import active, details, focused, receipt, running_console, until
from tests.support.temporal import dev_server, fresh
from tests.support.visibility import gateway, publish
from workflows.orders.models import OrderView
from workflows.shared.errors import NoAnswerError
from workflows.shared.snapshot import Snapshot


@pytest.fixture
async def unserved() -> AsyncIterator[Client]:
    """Give a server with no worker: what is listed answers nothing."""
    async with dev_server() as environment:
        yield environment.client


async def listed(client: Client) -> str:
    """Start an order that is listed and that nobody runs, and return its ID."""
    order_id = fresh("ORD")
    await publish(client, ORDERS.kind, order_id, stage="AWAITING_PAYMENT")
    return order_id


async def test_the_cursor_is_on_the_newest_until_it_is_moved(unserved: Client) -> None:
    first = await listed(unserved)
    async with running_console(unserved, "chen") as pilot:
        table = active(pilot).table
        await until(pilot, lambda: table.row_count > 0 and focused(pilot).business_id == first, "the first")
        second = await listed(unserved)
        await until(pilot, lambda: focused(pilot).business_id == second, "the cursor on the newest")
        await pilot.press("down")
        assert focused(pilot).business_id == first
        third = await listed(unserved)
        await until(pilot, lambda: table.shown_rows[0].business_id == third, "the newest in the list")
        assert focused(pilot).business_id == first


async def test_a_receipt_goes_after_a_while_and_a_refusal_with_the_next_action(
    unserved: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_line, "READ_SECONDS", 0.3)
    async with running_console(unserved, "chen") as pilot:
        active(pilot).post_message(
            Notice(Receipt(ok=False, action="pay", target="ORD-1", text="too late", seconds=0.1))
        )
        await until(pilot, lambda: "too late" in receipt(pilot), "the refusal")
        await pilot.pause(0.6)
        assert "too late" in receipt(pilot)
        await pilot.press("n")
        await until(pilot, lambda: receipt(pilot) == "", "nothing after the next action")
        monkeypatch.setattr(receipt_line, "READ_SECONDS", 3.0)  # long enough to be seen on a busy machine
        active(pilot).post_message(Notice(Receipt(ok=True, action="pay", target="ORD-1", text="taken", seconds=0.1)))
        await until(pilot, lambda: "taken" in receipt(pilot), "the receipt")
        await until(pilot, lambda: receipt(pilot) == "", "nothing after a while")


async def test_what_was_said_on_a_tab_is_not_said_on_the_next(unserved: Client) -> None:
    async with running_console(unserved, "chen") as pilot:
        await pilot.press("p")
        await until(pilot, lambda: "there is no order to act on" in receipt(pilot), "why not")
        await pilot.press("2")
        await until(pilot, lambda: receipt(pilot) == "", "nothing")


async def test_a_key_on_a_workflow_that_nobody_answers_for_says_so_at_once(unserved: Client) -> None:
    order_id = await listed(unserved)
    async with running_console(unserved, "chen") as pilot:
        await until(pilot, lambda: active(pilot).focused_row is not None, "the row")
        await pilot.press("p")
        await until(pilot, lambda: receipt(pilot) == f"· pay {order_id}: reading … no answer yet", "that it is asked")
        await until(pilot, lambda: "is a worker running?" in details(pilot), "that nobody answers")
        await until(pilot, lambda: "is a worker running?" in receipt(pilot), "what became of the key")
        await pilot.press("p")
        await until(pilot, lambda: receipt(pilot) == f"· pay {order_id}: reading … no answer yet", "that it is asked")
        assert "query buffer" not in details(pilot)


async def test_whoever_asks_the_same_workflow_shares_the_question() -> None:
    asked, answer = 0, asyncio.Event()

    async def question() -> int:
        nonlocal asked
        asked += 1
        await answer.wait()
        return asked

    key, asking = RowKey("order-1", "run"), SingleFlight[int]()
    first, second = (asyncio.create_task(asking.run(key, question)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    answer.set()
    assert await second == 1
    assert await asking.run(key, question) == 2


async def test_a_workflow_that_nobody_answers_for_is_asked_less_and_less(
    unserved: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Row(RowKey("order-1", "run"), "1", started_at=datetime.now(UTC))
    reader = FocusReader(gateway(unserved), row, _nobody, lambda _: None)
    pauses: list[float] = []

    async def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            raise asyncio.CancelledError

    monkeypatch.setattr(reader.ticker, "wait", wait)
    with pytest.raises(asyncio.CancelledError):
        await reader.run()
    assert pauses == [10, 20, 30, 30]


async def _nobody(_: Row) -> Snapshot[OrderView]:
    raise NoAnswerError("no answer")
