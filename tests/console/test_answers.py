"""Receipts, and answers that come too late, from the wrong workflow, or not at all; what stays on the screen."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from temporalio.client import Client

from console.commands.command import AnyCommand, Command, CommandCall, CommandResult, Target
from console.commands.runner import perform
from console.details.reader import FocusRead, FocusReader
from console.gateway.rows import Row, RowKey
from console.gateway.single_flight import SingleFlight
from console.journal.book import Question
from console.journal.entry import Outcome
from console.journal.recorder import Recorder
from console.notice import Notice, Receipt
from console.systems.orders.system import ORDERS
from console.widgets import receipt_line
from tests.support.console_app import running_console
from tests.support.orders import Shop
from tests.support.temporal import fresh, new_namespace
from tests.support.visibility import gateway, publish
from workflows.orders.client import OrdersClient, workflow_id
from workflows.orders.models import CancelOrder
from workflows.orders.views.models import OrderView
from workflows.shared.errors import CallError, ClosedError, DisconnectedError, NoAnswerError, RefusedError
from workflows.shared.snapshot import Snapshot


@pytest.mark.parametrize(
    ("error", "ok", "text"),
    [
        (RefusedError("it is shipped", "Refused"), False, "it is shipped"),
        (ClosedError("order x has ended"), False, "order x has ended"),
        (NoAnswerError("no answer in time"), None, "it may still have taken effect: no answer in time"),
        (DisconnectedError("gone"), None, "it may still have taken effect: gone"),
    ],
)
async def test_no_answer_is_never_shown_as_a_failure(
    error: CallError,
    ok: bool | None,  # noqa: FBT001 - one case of three
    text: str,
) -> None:
    async def call(_: object) -> CommandResult[OrderView]:
        raise error

    recorder = Recorder(gateway(Mock()), OrdersClient)
    command: AnyCommand = Command("cancel_order", "c", "Cancel", CancelOrder, call)
    payload = CancelOrder(reason="a duplicate", requested_by="chen")
    sent = CommandCall(Mock(), Target("ben", "ORD-1", payload), payload, "console-1")
    receipt, _ = await perform(recorder, command, sent)
    assert (receipt.ok, receipt.text, receipt.action, receipt.target) == (ok, text, "cancel", "ORD-1")
    (entry,) = recorder.gateway.journal.read(Question())
    assert (entry.outcome, entry.answer) == (Outcome.UNKNOWN if ok is None else Outcome.REFUSED, text)
    assert (entry.by, entry.reason, entry.workflow_id) == ("chen as ben", "a duplicate", "order-ORD-1")


async def test_a_journal_that_cannot_be_written_holds_no_action_up(tmp_path: Path) -> None:
    async def call(_: object) -> CommandResult[OrderView]:
        return CommandResult("done")

    recorder, told = Recorder(gateway(Mock()), OrdersClient), Mock()
    recorder.gateway.journal_path, recorder.gateway.journal_trouble = tmp_path, told
    command: AnyCommand = Command("cancel_order", "c", "Cancel", CancelOrder, call)
    payload = CancelOrder(reason="a duplicate", requested_by="chen")
    receipt, _ = await perform(recorder, command, CommandCall(Mock(), Target("ben", "ORD-1", payload), payload, "c"))
    assert receipt.ok
    assert "what is done now is missing in it" in told.call_args.args[0]


async def test_an_action_whose_answer_is_not_awaited_any_more_has_no_known_outcome() -> None:
    begun = asyncio.Event()

    async def call(_: object) -> CommandResult[OrderView]:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("it has no answer")

    recorder = Recorder(gateway(Mock()), OrdersClient)
    command: AnyCommand = Command("cancel_order", "c", "Cancel", CancelOrder, call)
    payload = CancelOrder(reason="a duplicate", requested_by="chen")
    task = asyncio.ensure_future(
        perform(recorder, command, CommandCall(Mock(), Target("b", "O", payload), payload, ""))
    )
    await begun.wait()
    assert [entry.outcome for entry in recorder.gateway.journal.read(Question())] == [Outcome.SENT]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [entry.outcome for entry in recorder.gateway.journal.read(Question())] == [Outcome.UNKNOWN]


async def test_an_answer_of_another_workflow_and_one_that_is_out_of_date_are_dropped(shop: Shop) -> None:
    other, request = await shop.start(), await shop.start()
    outdated = await shop.orders.get_snapshot(workflow_id(request.order_id), OrderView)
    await shop.cancel(other)
    await shop.cancel(request)
    async with running_console(shop.client) as console:
        await console.focus(workflow_id(request.order_id), "✖ CANCELLED")
        for key in (RowKey(workflow_id(other.order_id), "run"), console.row.key):
            console.pane.details.post_message(FocusRead(key, outdated))
        await console.pilot.pause()
        assert console.row.business_id == request.order_id
        assert "✖ CANCELLED" in console.details


async def test_an_unexpected_error_is_shown_and_the_console_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await shop.start()
    read = OrdersClient.get_snapshot
    failures = 0

    async def broken(self: OrdersClient, *args: Any, **options: Any) -> Snapshot[OrderView]:  # noqa: ANN401 - passed on
        nonlocal failures
        failures += 1
        if failures == 1:
            raise ValueError("[b]unexpected[/b]")
        return await read(self, *args, **options)

    monkeypatch.setattr(OrdersClient, "get_snapshot", broken)
    async with running_console(shop.client) as console:
        await console.until(lambda: console.app._notifications)
        assert [toast.message for toast in console.app._notifications] == ["ValueError: [b]unexpected[/b]"]
        await console.focus(workflow_id(request.order_id), "AWAITING PAYMENT")


async def test_the_smallest_terminal_still_works(shop: Shop) -> None:
    request = await shop.start()
    async with running_console(shop.client, size=(40, 10)) as console:
        await console.until(lambda: request.order_id in console.list_text)
        await console.press("enter", "v", "v", "v", "escape", "slash", "x", "escape", "question_mark", "escape", "q")


@pytest.fixture
async def unserved(client: Client) -> Client:
    """Give a namespace without a worker."""
    return await new_namespace(client)


async def listed(client: Client) -> str:
    """Start an order that no worker runs, and return its ID."""
    order_id = fresh("ORD")
    await publish(client, ORDERS.kind, order_id, stage="AWAITING_PAYMENT")
    return order_id


async def test_the_cursor_stays_on_its_row_when_a_new_one_comes(unserved: Client) -> None:
    first = await listed(unserved)
    async with running_console(unserved) as console:
        await console.until(lambda: console.table.line_count > 0 and console.row.business_id == first)
        second = await listed(unserved)
        await console.until(lambda: console.rows == [second, first])
        assert console.row.business_id == first


async def test_a_receipt_goes_after_a_while_and_a_refusal_with_the_next_action(
    unserved: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_line, "READ_SECONDS", 0.3)
    async with running_console(unserved) as console:
        console.pane.post_message(Notice(Receipt(ok=False, action="pay", target="ORD-1", text="too late", seconds=0.1)))
        await console.until(lambda: "too late" in console.receipt)
        await console.pilot.pause(0.6)
        await console.told("too late")
        await console.press("n")
        await console.until(lambda: console.receipt == "")
        monkeypatch.setattr(receipt_line, "READ_SECONDS", 3.0)  # long enough to be seen on a busy machine
        console.pane.post_message(Notice(Receipt(ok=True, action="pay", target="ORD-1", text="taken", seconds=0.1)))
        await console.until(lambda: "taken" in console.receipt)
        await console.until(lambda: console.receipt == "")


async def test_a_notice_goes_with_its_tab(unserved: Client) -> None:
    async with running_console(unserved) as console:
        await console.refused("p", "there is no order to act on")
        await console.press("2")
        await console.until(lambda: console.receipt == "")


async def test_a_key_says_at_once_that_the_workflow_has_not_answered(unserved: Client) -> None:
    order_id = await listed(unserved)
    async with running_console(unserved) as console:
        await console.until(lambda: console.pane.focused_row is not None)
        await console.press("p")
        await console.until(lambda: console.receipt == f"· confirm payment {order_id}: reading … no answer yet")
        await console.until(lambda: "is a worker running?" in console.details)
        await console.until(lambda: "is a worker running?" in console.receipt)
        console.pause_typing()
        await console.press("p")
        await console.until(lambda: console.receipt == f"· confirm payment {order_id}: reading … no answer yet")
        assert "query buffer" not in console.details


async def test_callers_of_the_same_workflow_share_the_query_in_flight() -> None:
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


async def test_polling_backs_off_while_no_worker_answers(unserved: Client, monkeypatch: pytest.MonkeyPatch) -> None:
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
