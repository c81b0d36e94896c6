"""Input that does not fit: each start and signal is refused in one clear line, and leaves no trace."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from tests.support.orders import TOTAL, Shop, moves, open_shop, order
from tests.support.payments import Intake
from tests.support.temporal import fresh
from workflows.orders.client import WORKFLOW_TYPE, payment_workflow_id, workflow_id
from workflows.orders.models import OrderStatus
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.views.models import ReservationStatus
from workflows.shared.errors import NotFoundError, RefusedError
from workflows.shared.refused_signals import Acknowledge

THOUSAND_MILLION = 1_000_000_000
NOT_AN_ID = "an ID is one line of visible characters"
LINE = {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 1, "unit_price": 1}
NO_CURRENCY = "is not an ISO 4217 code of a currency in use"
ADDRESS = {"name": "Ada", "line1": "1 Main Street", "city": "Springfield", "postal_code": "62701", "country": "US"}
CUSTOMER = {"customer_id": "C", "name": "Ada", "email": "ada@example.com"}


@pytest.fixture
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop whose workflows run in the sandbox: there a start that does not fit is refused in one line."""
    async with open_shop(client, runner=SandboxedWorkflowRunner()) as opened:
        yield opened


def line(**changes: object) -> dict[str, Any]:
    """Return an order with one line, which has the ``changes``."""
    return {"lines": [LINE | changes]}


BAD_STARTS: list[tuple[dict[str, Any], str]] = [
    ({"lines": []}, "lines: List should have at least 1 item"),
    (line(unit_price=10, kind="discount"), "lines.0.unit_price: a discount has a price below 0, such as -500"),
    ({"lines": [LINE, LINE | {"kind": "discount", "unit_price": -(10**6)}]}, "lines: the order's total is -"),
    (line(kind="gift"), "lines.0.kind: Input should be 'goods', 'service' or 'discount'"),
    (line(quantity=0), "lines.0.quantity: Input should be greater than or equal to 1"),
    (line(quantity=THOUSAND_MILLION), "lines.0.quantity: Input should be less than or equal to 10000"),
    (line(quantity="2"), "lines.0.quantity: Input should be a valid integer"),
    (line(quantity=1.5), "lines.0.quantity: Input should be a valid integer"),
    (line(unit_price=-1), "lines.0.unit_price: only a discount has a price below 0"),
    (line(unit_price=10**18), "lines.0.unit_price: Input should be less than or equal to 1000000000000000"),
    (line(unit_price=10**15, quantity=10_000), "lines: the order's total is 10000000000000000000 minor units; it may"),
    ({"lines": [{"sku": "SKU-CHAIR", "name": "Chair", "quantity": 1}]}, "lines.0.unit_price: Field required"),
    ({"currency": "XXY"}, f"currency: 'XXY' {NO_CURRENCY}; use one like EUR or USD"),
    ({"currency": "DEM"}, f"currency: 'DEM' {NO_CURRENCY}"),
    ({"currency": "HRK"}, f"currency: 'HRK' {NO_CURRENCY}"),
    ({"currency": "XAU"}, f"currency: 'XAU' {NO_CURRENCY}"),
    ({"currency": ""}, f"currency: '' {NO_CURRENCY}"),
    ({"customer": CUSTOMER | {"email": "nowhere"}}, "customer.email: value is not a valid email address"),
    ({"customer": CUSTOMER | {"email": "a@b@example.com"}}, "customer.email: value is not a valid email address"),
    ({"order_id": "A\u200bB"}, f"order_id: {NOT_AN_ID}, and U+200B is none"),
    ({"order_id": "A\n"}, f"order_id: {NOT_AN_ID}"),
    ({"order_id": "A" * 2_000}, "order_id: String should have at most 200 characters"),
    ({"order_id": ""}, "order_id: String should have at least 1 character"),
    ({"order_id": "ORD-OTHER"}, "order_id: order ORD-OTHER has the workflow ID order-ORD-OTHER, not order-ORD-"),
    (line(sku="SKU\tCHAIR"), f"lines.0.sku: {NOT_AN_ID}"),
    ({"customer": CUSTOMER | {"customer_id": "C\u202e1"}}, f"customer.customer_id: {NOT_AN_ID}"),
    ({"customer": CUSTOMER | {"email": None}}, "customer.email: needed, or a phone"),
    ({"customer": CUSTOMER | {"phone": "555-0100"}}, "customer.phone: '555-0100' is not an international telephone"),
    ({"shipping_address": ADDRESS | {"postal_code": ""}}, "shipping_address.postal_code: needed in US"),
    ({"shipping_address": ADDRESS | {"city": " "}}, "shipping_address.city: needed in US"),
    ({"shipping_address": ADDRESS | {"country": "ZZ"}}, "shipping_address.country: 'ZZ' is not an ISO 3166 country"),
    (line(quantity=True), "lines.0.quantity: Input should be a valid integer, not true"),
    ({"surprise": 1, "currency": None}, "currency: Input should be a valid string"),
]


@pytest.mark.parametrize(("changes", "words"), BAD_STARTS)
async def test_a_bad_start_fails_at_once_with_the_reason(shop: Shop, changes: dict[str, Any], words: str) -> None:
    good = order()
    bad = good.model_dump(mode="json") | changes
    with pytest.raises(WorkflowFailureError) as failure:
        await shop.client.execute_workflow(
            WORKFLOW_TYPE, bad, id=workflow_id(good.order_id), task_queue=shop.task_queue
        )
    assert isinstance(failure.value.cause, ApplicationError)
    assert words in failure.value.cause.message
    assert "\n" not in failure.value.cause.message
    assert failure.value.cause.type == "InvalidRequest"
    assert shop.world.faults.calls.total() == 0


async def test_the_client_starts_nothing_that_is_wrong(shop: Shop) -> None:
    request = order(**line(unit_price=10**15, quantity=10_000))
    with pytest.raises(RefusedError, match=r"^lines: ") as refusal:
        await shop.orders.begin(request)
    assert refusal.value.kind == "InvalidRequest"
    with pytest.raises(NotFoundError):
        await shop.orders.get_order(request.order_id)


@pytest.mark.parametrize("arguments", [[], [None], [{"order_id": "ORD-1"}, {"order_id": "ORD-2"}]])
async def test_a_start_without_its_one_input_fails_at_once(shop: Shop, arguments: list[Any]) -> None:
    with pytest.raises(WorkflowFailureError) as failure:
        await shop.client.execute_workflow(
            WORKFLOW_TYPE, args=arguments, id=fresh("order-BAD"), task_queue=shop.task_queue
        )
    assert isinstance(failure.value.cause, ApplicationError)
    assert failure.value.cause.message == "it takes exactly one OrderRequest"


async def test_an_id_of_an_order_that_had_stock_is_never_an_order_again(shop: Shop) -> None:
    request = await shop.paid()
    shop.world.faults.down("save_record")
    await shop.cancel(request)
    await shop.until(request, lambda view: [held.status for held in view.reservations] == [ReservationStatus.RELEASED])
    await shop.handle(request).terminate("so that it has no outcome")
    shop.world.faults.up("save_record")
    before = shop.world.inventory.reservations
    await shop.client.start_workflow(  # as the server lets anybody do with the ID of a closed workflow
        WORKFLOW_TYPE,
        request,
        id=workflow_id(request.order_id),
        task_queue=shop.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )
    await shop.handle(request).result()
    again = await shop.orders.get_order(request.order_id)
    assert again.status == OrderStatus.REJECTED
    assert again.reason is not None
    assert "the order ID was used before; use a new one" in again.reason
    assert shop.world.inventory.reservations == before
    assert moves(again) == [("capture", TOTAL), ("refund", TOTAL)], "what was paid before goes back"


BAD_SIGNALS: list[tuple[str, Any]] = [
    ("confirm_payment", {"payment_id": "p", "amount": -5, "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p", "amount": 0, "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p", "amount": 120.5, "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p", "amount": str(TOTAL), "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p", "amount": TOTAL, "currency": "dollars"}),
    ("confirm_payment", {"payment_id": "p\u200bq", "amount": TOTAL, "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p" * 2_000, "amount": TOTAL, "currency": "USD"}),
    ("confirm_payment", {"payment_id": "p", "amount": TOTAL}),
    ("confirm_payment", "pay me"),
    ("confirm_payment", [1, 2]),
    ("cancel_order", {"reason": "", "requested_by": "ada"}),
    ("report_shipment", {"status": "exploded"}),
    ("report_shipment", None),
    ("no_such_signal", {"any": "thing"}),
]


async def test_bad_signals_change_nothing_and_the_order_goes_on(shop: Shop) -> None:
    request = await shop.start()
    before = await shop.orders.get_order(request.order_id)
    for name, payload in BAD_SIGNALS:
        await shop.handle(request).signal(name, payload)
    for name in ("confirm_payment", "cancel_order", "report_shipment"):
        await shop.handle(request).signal(name)
        await shop.handle(request).signal(name, args=[{"reason": "no"}, {"requested_by": "ada"}])
    after = await shop.orders.get_order(request.order_id)
    assert [refusal.signal for refusal in after.refusals[: len(BAD_SIGNALS)]] == [name for name, _ in BAD_SIGNALS]
    assert (after.refusal_count, after.attention) == (len(BAD_SIGNALS) + 6, "signal_refused")
    without_emails = {"timeline", "updated_at", "attention", "refusals", "refusal_count", "actions"}
    assert after.model_dump(exclude=without_emails) == before.model_dump(exclude=without_emails)
    offered = [[(each.name, each.enabled, each.reason) for each in view.actions] for view in (before, after)]
    assert [action for action in offered[1] if action not in offered[0]] == [("acknowledge", True, None)]
    assert all(action in offered[1] for action in offered[0])
    assert shop.world.payments.captures == {}
    await shop.orders.acknowledge(request.order_id, Acknowledge(by="ana"))
    assert (await shop.orders.get_order(request.order_id)).attention is None
    await shop.pay(request)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_a_payment_that_is_not_one_fails_at_once(shop: Shop) -> None:
    payment_id = fresh("pay")
    await shop.client.start_workflow(
        "PaymentWorkflow",
        {"payment_id": payment_id, "order_id": "ORD\u200b1", "amount": 0, "currency": "XXY"},
        id=payment_workflow_id(payment_id),
        task_queue=shop.task_queue,
    )
    with pytest.raises(RefusedError) as refused:
        await PaymentsClient(shop.client, task_queue=shop.task_queue).wait(payment_id)
    assert refused.value.kind == "InvalidRequest"
    assert all(field in str(refused.value) for field in ("order_id", "amount", "currency"))
    assert shop.world.payments.captures == {}


async def test_a_payment_under_another_s_id_fails_at_once(shop: Shop) -> None:
    intake, wrong = Intake(shop, fresh("ORD")), fresh("pay")
    await shop.client.start_workflow(
        "PaymentWorkflow", intake.request, id=payment_workflow_id(wrong), task_queue=shop.task_queue
    )
    with pytest.raises(RefusedError, match=f"belongs to the workflow ID payment-{intake.id}") as refused:
        await intake.client.wait(wrong)
    assert refused.value.kind == "InvalidRequest"
    assert shop.world.payments.captures == {}
