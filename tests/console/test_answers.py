"""What became of a call, and answers that come too late, from the wrong one, or not at all."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client

from console.app import ConsoleApp
from console.commands.command import CommandResult
from console.details.messages import SnapshotRead
from console.gateway.rows import RowKey
from tests.support.approvals import Channel, StaffDirectory, approvals_worker
from tests.support.console_app import active, details, focus, focused, receipt, running_console, until
from tests.support.orders import Shop, orders_worker, stocked
from tests.support.screen import status, table_text
from tests.support.temporal import dev_server
from tests.support.visibility import gateway
from workflows.approvals.client import TASK_QUEUE as APPROVALS_QUEUE
from workflows.approvals.ports import ApprovalPorts
from workflows.orders.client import TASK_QUEUE, OrdersClient, workflow_id
from workflows.orders.models import OrderView
from workflows.shared.errors import CallError, ClosedError, DisconnectedError, NoAnswerError, RefusedError
from workflows.shared.snapshot import Snapshot


@pytest.fixture(scope="module")
async def shop() -> AsyncIterator[Shop]:
    """Give a shop on a server of this module's own."""
    async with dev_server() as environment, orders_worker(environment.client, stocked(), TASK_QUEUE):
        yield Shop(environment.client, stocked(), TASK_QUEUE)


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
    client: Client,
    error: CallError,
    ok: bool | None,  # noqa: FBT001 - one case of three
    text: str,
) -> None:
    async def call() -> CommandResult[OrderView]:
        raise error

    receipt, _ = await gateway(client).perform("cancel", "ORD-1", call())
    assert (receipt.ok, receipt.text, receipt.action, receipt.target) == (ok, text, "cancel", "ORD-1")


async def test_an_answer_of_another_workflow_is_dropped(shop: Shop) -> None:
    first, second = await shop.start(), await shop.start()
    async with running_console(shop.client, "chen") as pilot:
        await focus(pilot, workflow_id(second.order_id), "AWAITING PAYMENT")
        late = await shop.orders.get_snapshot(workflow_id(first.order_id), OrderView)
        active(pilot).details.post_message(SnapshotRead(RowKey(workflow_id(first.order_id), "run"), late))
        await pilot.pause()
        assert focused(pilot).business_id == second.order_id
        assert "p  Confirm payment" in details(pilot)


async def test_an_unexpected_error_is_shown_and_the_console_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await shop.start()
    read = OrdersClient.get_snapshot
    failures = 0

    async def broken(self: OrdersClient, *args: Any) -> Snapshot[OrderView]:  # noqa: ANN401 - passed on
        nonlocal failures
        failures += 1
        if failures == 1:
            raise ValueError("[b]unexpected[/b]")
        return await read(self, *args)

    monkeypatch.setattr(OrdersClient, "get_snapshot", broken)
    async with running_console(shop.client, "chen") as pilot:
        await until(pilot, lambda: bool(_toasts(pilot.app)), "the toast")
        assert _toasts(pilot.app) == ["ValueError: [b]unexpected[/b]"]
        await focus(pilot, workflow_id(request.order_id), "AWAITING PAYMENT")


def _toasts(app: object) -> list[str]:
    assert isinstance(app, ConsoleApp)
    return [notification.message for notification in app._notifications]


@pytest.mark.parametrize(("operator", "known"), [("chen", True), ("nobody", False)])
async def test_somebody_whom_the_directory_does_not_know_is_told_so(
    shop: Shop,
    operator: str,
    known: bool,  # noqa: FBT001 - one of two cases
) -> None:
    async with (
        approvals_worker(shop.client, APPROVALS_QUEUE, ApprovalPorts(StaffDirectory(), Channel())),
        running_console(shop.client, operator) as pilot,
    ):
        assert isinstance(pilot.app, ConsoleApp)
        await until(pilot, lambda: pilot.app._known is not None, "the directory's answer")  # type: ignore[attr-defined]
        assert ("not in the directory" in status(pilot)) is not known
        assert ("you may look, but not decide" in receipt(pilot)) is not known
        assert not _toasts(pilot.app)


async def test_the_smallest_terminal_still_works(shop: Shop) -> None:
    request = await shop.start()
    async with running_console(shop.client, "chen", size=(40, 10)) as pilot:
        await until(pilot, lambda: request.order_id in table_text(pilot), "the row")
        await pilot.press("enter", "v", "v", "v", "escape", "slash", "x", "escape", "question_mark", "escape", "q")
