"""The inbox over orders and approvals on a real server."""

from collections.abc import AsyncIterator

import pytest
from textual.command import CommandList

from console.inbox.command import read
from console.inbox.judging import Cause
from tests.support.approvals import Office, leave, running_office
from tests.support.console_app import Console, running_console
from tests.support.orders import Shop, payment
from tests.support.pauses import pause, unpause
from tests.support.temporal import fresh
from tests.support.visibility import until_listed
from workflows.approvals.client import TASK_QUEUE as APPROVALS_QUEUE
from workflows.approvals.client import workflow_id as request_workflow_id
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import Approve
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderStatus
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentRequest


@pytest.fixture(scope="module")
async def office(shop: Shop) -> AsyncIterator[Office]:
    """Give the approvals of the shop's namespace."""
    async with running_office(shop.client, task_queue=APPROVALS_QUEUE) as office:
        yield office


async def waiting_for_chen(office: Office, **fields: object) -> str:
    """Start a request that ben has approved, so that chen or emeka may."""
    request_id = await office.start(leave(**fields))
    await office.client.approve(request_id, Approve(approver="ben"))
    return request_id


async def in_inbox(console: Console, *names: str) -> None:
    """Wait until the inbox has exactly these rows, in any order."""
    await console.until(lambda: sorted(console.rows) == sorted(names))


async def test_one_decision_after_another_is_made_in_the_inbox(shop: Shop, office: Office) -> None:
    first = await waiting_for_chen(office, title="Two weeks in May")
    second = await waiting_for_chen(office, title="New lenses", kind="expense", amount=184_000, currency="USD")
    order = await shop.start(fulfilment_seconds_per_step=3600)
    await shop.pay(order, payment(amount=11_000))
    async with running_console(shop.client) as console:
        await console.until(lambda: "Inbox 3 ▲" in console.inbox)
        await console.press("i")
        await in_inbox(console, first, second, order.order_id)
        await console.open("a", request_workflow_id(first), "a  Approve request")
        await console.send("fine")
        await console.told(f"✔ approve request {first}: accepted")
        await console.until(lambda: console.row.business_id != first)  # the focus goes on
        await in_inbox(console, second, order.order_id)

        await console.open("a", request_workflow_id(second), "a  Approve request")
        await office.client.approve(second, Approve(approver="emeka"))
        await console.send(
            "late", refused="nothing was sent, it is not possible any more: level hr was approved by emeka"
        )
        await console.press("escape", "escape")
        await console.closed()
        await in_inbox(console, order.order_id)

        await console.open("d", workflow_id(order.order_id), "the amount paid is not the amount due")
        await console.send({"decision": 0, "reason": "a good customer"})
        await console.told("a good customer")
        await in_inbox(console)
        await console.shows("Nothing waits for you, or for anyone.")
        await console.press("escape")
        assert not console.app.inbox_open
        await console.until(lambda: "Inbox 0" in console.inbox)
    assert (await office.client.get_state(first)).status is ApprovalStatus.APPROVED
    await shop.until_status(order, OrderStatus.FULFILLING)


async def test_enter_opens_an_item_in_its_tab(shop: Shop, office: Office) -> None:
    request_id = await waiting_for_chen(office)
    async with running_console(shop.client) as console:
        await console.press("i")
        await console.until(lambda: console.table.select(request_workflow_id(request_id)))
        await console.press("enter")
        await console.until(lambda: not console.app.inbox_open and console.pane.system.name == "approvals")
        await console.until(lambda: console.row.business_id == request_id)
        await console.press("i")
        await console.until(lambda: console.app.inbox_open)
        await console.press("1")
        assert console.pane.system.name == "orders"
        assert not console.app.inbox_open
    await office.client.approve(request_id, Approve(approver="chen"))


async def test_marked_requests_are_decided_at_once_and_only_those_of_one_kind(shop: Shop, office: Office) -> None:
    requests = [await waiting_for_chen(office) for _ in range(2)]
    order = await shop.start(fulfilment_seconds_per_step=3600)
    await shop.pay(order, payment(amount=11_000))
    async with running_console(shop.client) as console:
        await console.press("i")
        await in_inbox(console, *requests, order.order_id)
        await console.press("asterisk")
        await console.until(lambda: console.table.select(request_workflow_id(requests[0])))
        await console.refused("a", "orders and approvals are marked")
        await console.until(lambda: console.table.select(workflow_id(order.order_id)))
        await console.press("space")
        await console.until(lambda: console.table.select(request_workflow_id(requests[0])))
        await console.open("a")
        await console.shows("approve request: 2 requests")
        await console.send()
        await in_inbox(console, order.order_id)
    await shop.cancel(order)


async def test_what_is_stuck_is_grouped_by_cause_with_what_to_do(shop: Shop) -> None:
    paused, ended, replaced = [await shop.start() for _ in range(3)]
    await pause(shop.client, workflow_id(paused.order_id))
    for order in (ended, replaced):
        await shop.handle(order).terminate("cleaned up by hand")
    await shop.orders.begin(replaced)
    async with running_console(shop.client) as console:
        await console.press("ctrl+p", *"stuck finder")
        await console.until(lambda: console.app.screen.query_one(CommandList).option_count == 1)
        await console.press("enter")
        await console.until(lambda: console.app.inbox_open)
        await in_inbox(console, paused.order_id, ended.order_id)
        await console.shows(f"{Cause.PAUSED.value} · 1")
        await console.shows(f"{Cause.ENDED.value} · 1")
        await console.until(lambda: console.table.select(workflow_id(ended.order_id)))
        await console.until(lambda: "3 pieces of stock" in console.details)
        found = {item.row.business_id: item.cause for item in (await read(shop.client, "chen")).items}
        assert found == {paused.order_id: Cause.PAUSED, ended.order_id: Cause.ENDED}
        await unpause(shop.client, workflow_id(paused.order_id))
        await in_inbox(console, ended.order_id)
        await console.press("escape")
        assert console.app.inbox_open  # all again


async def test_a_payment_that_lost_its_run_leads_to_its_order(shop: Shop) -> None:
    order = await shop.start()
    paid = PaymentRequest(payment_id=fresh("pay"), order_id=order.order_id, amount=12_000, currency="USD")
    shop.world.faults.hold("record_capture")
    id_ = await PaymentsClient(shop.client).start(paid)
    await until_listed(shop.client, f"WorkflowId = '{id_}' AND BizStage = 'RECEIVED'", 1)
    await shop.client.get_workflow_handle(id_).terminate("by mistake")
    shop.world.faults.let_go("record_capture")
    async with running_console(shop.client, tab="2") as console:
        await console.press("i")
        await console.until(lambda: console.table.select(id_))
        await console.until(lambda: f"$120.00 for order {order.order_id}" in console.details)
        assert "was terminated while received" in console.list_text
        await console.press("enter")
        await console.until(lambda: not console.app.inbox_open and console.pane.system.name == "orders")
        await console.until(lambda: console.row.business_id == order.order_id)
