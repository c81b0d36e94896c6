"""Orders that cannot be, mail that is down, input that does not fit, and calls to orders that are not there."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from tests.support.orders import TOTAL, Shop, order, payment
from tests.support.temporal import fresh
from workflows.orders.client import WORKFLOW_TYPE, OrdersClient
from workflows.orders.models import CancelOrder, OrderStatus, OrderView
from workflows.shared.errors import AlreadyExistsError, ClosedError, NoAnswerError, NotFoundError


@pytest.mark.parametrize(
    ("sku", "reason"),
    [
        ("SKU-NONE", "not in stock: unknown SKU SKU-NONE"),
        ("SKU-SHELF", "not in stock: SKU-SHELF: 2 wanted, 0 available"),
    ],
)
async def test_what_the_inventory_cannot_give_is_rejected(shop: Shop, sku: str, reason: str) -> None:
    chair = {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 1, "unit_price": 1}
    request = await shop.start(lines=[chair, {"sku": sku, "name": "Wanted", "quantity": 2, "unit_price": 1}])
    view = await shop.ended(request)
    assert (view.status, view.reason, view.reservation) == (OrderStatus.REJECTED, reason, None)
    assert shop.world.inventory.available.total() == 200
    assert shop.world.inventory.reservations == {}
    assert reason in shop.world.mailer.sent[f"{request.order_id}/rejected"][2]
    assert shop.world.faults.calls["reserve"] == 1


async def test_a_sku_on_two_lines_is_reserved_as_one(shop: Shop) -> None:
    line = {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 60, "unit_price": 1}
    request = await shop.start(lines=[line, line])
    view = await shop.ended(request)
    assert view.reason == "not in stock: SKU-CHAIR: 120 wanted, 100 available"


async def test_mail_that_is_down_delays_nothing_and_is_noted(patient_shop: Shop) -> None:
    shop = patient_shop
    shop.world.faults.down("send")
    request = await shop.start()
    await shop.pay(request)
    delivered = await shop.until_status(request, OrderStatus.DELIVERED)
    await shop.pass_time(timedelta(minutes=3))
    view = await shop.ended(request)
    assert delivered.stage_since == view.stage_since
    not_sent = [entry.text for entry in view.timeline if entry.text.startswith("e-mail not sent")]
    assert len(not_sent) == 4
    assert shop.world.mailer.sent == {}


BAD_STARTS: list[tuple[dict[str, Any], str]] = [
    ({"lines": []}, "lines: List should have at least 1 item"),
    ({"lines": [{"sku": "S", "name": "N", "quantity": 1, "unit_price": 0}]}, "the order's total is 0"),
    ({"lines": [{"sku": "S", "name": "N", "quantity": -1, "unit_price": 1}]}, "greater than or equal to 1"),
    ({"currency": "XXY"}, "not an ISO 4217 currency code"),
    ({"customer": {"customer_id": "C", "name": "Ada", "email": "nowhere"}}, "email"),
    ({"surprise": 1, "currency": None}, "currency: Input should be a valid string; surprise: Extra inputs are not"),
]


@pytest.mark.parametrize(("changes", "words"), BAD_STARTS)
async def test_a_bad_start_fails_at_once_with_the_reason(shop: Shop, changes: dict[str, Any], words: str) -> None:
    bad = order().model_dump(mode="json") | changes
    with pytest.raises(WorkflowFailureError) as failure:
        await shop.client.execute_workflow(WORKFLOW_TYPE, bad, id=fresh("order-BAD"), task_queue=shop.task_queue)
    assert isinstance(failure.value.cause, ApplicationError)
    assert words in failure.value.cause.message
    assert shop.world.faults.calls.total() == 0


BAD_SIGNALS: list[tuple[str, Any]] = [
    ("confirm_payment", {"payment_id": "p", "amount": -5, "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p", "amount": 120.5, "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p", "amount": TOTAL, "currency": "dollars"}),
    ("confirm_payment", "pay me"),
    ("cancel_order", {"reason": "", "requested_by": "ada"}),
    ("cancel_order", {"reason": "no", "requested_by": "ada", "refund": "double"}),
    ("report_shipment", {"status": "exploded"}),
    ("report_shipment", None),
    ("no_such_signal", {"any": "thing"}),
]


@pytest.mark.parametrize("arguments", [[], [None], [{"order_id": "ORD-1"}, {"order_id": "ORD-2"}]])
async def test_a_start_without_its_one_input_fails_at_once(shop: Shop, arguments: list[Any]) -> None:
    with pytest.raises(WorkflowFailureError) as failure:
        await shop.client.execute_workflow(
            WORKFLOW_TYPE, args=arguments, id=fresh("order-BAD"), task_queue=shop.task_queue
        )
    assert isinstance(failure.value.cause, ApplicationError)
    assert failure.value.cause.message == "the workflow takes exactly one OrderRequest as its input"


async def test_bad_signals_change_nothing_and_the_order_goes_on(shop: Shop) -> None:
    request = await shop.start()
    before = await shop.orders.get_order(request.order_id)
    for name, payload in BAD_SIGNALS:
        await shop.handle(request).signal(name, payload)
    for name in ("confirm_payment", "cancel_order", "report_shipment"):
        await shop.handle(request).signal(name)
        await shop.handle(request).signal(name, args=[{"reason": "no"}, {"requested_by": "ada"}])
    after = await shop.orders.get_order(request.order_id)
    assert facts(after) == facts(before)
    await shop.pay(request)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


def facts(view: OrderView) -> OrderView:
    """Return the order without its timeline, which e-mails may have added to."""
    return view.model_copy(update={"timeline": [], "updated_at": view.stage_since})


async def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    for call in (
        shop.orders.get_order("ORD-NONE"),
        shop.orders.confirm_payment("ORD-NONE", payment()),
        shop.orders.wait_decided("ORD-NONE"),
    ):
        with pytest.raises(NotFoundError, match="there is no order ORD-NONE"):
            await call


async def test_a_closed_order_answers_but_takes_nothing(shop: Shop) -> None:
    request = await shop.start()
    await shop.cancel(request)
    await shop.ended(request)
    assert (await shop.orders.wait_decided(request.order_id)).status == OrderStatus.CANCELLED
    for call in (
        shop.orders.confirm_payment(request.order_id, payment()),
        shop.orders.cancel_order(request.order_id, CancelOrder(reason="again", requested_by="ada")),
    ):
        with pytest.raises(ClosedError, match="has ended and takes no more changes"):
            await call


async def test_an_order_is_started_once(shop: Shop) -> None:
    request = await shop.start()
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await shop.orders.start(request)
    await shop.cancel(request)
    await shop.ended(request)
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await shop.orders.start(request)


async def test_waiting_for_the_decision_ends_in_time(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = order()
    await shop.orders.start(request)
    with pytest.raises(NoAnswerError, match="its stock is not reserved after 1 s"):
        await shop.orders.wait_decided(request.order_id, within=timedelta(seconds=1))


async def test_without_a_worker_the_wait_says_so(client: Client) -> None:
    orders = OrdersClient(client, task_queue=fresh("nobody"))
    request = order()
    await orders.start(request)
    with pytest.raises(NoAnswerError):
        await orders.wait_decided(request.order_id, within=timedelta(seconds=1))
