"""A worker of the orders system for tests, a shop that talks to it, and sample payloads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner

from tests.support.eventually import TIMEOUT, eventually
from tests.support.hasty import HastyRetries
from tests.support.order_ports import World
from tests.support.temporal import BUILD_ID, fresh, skip_time
from workers.building import workflow_options
from workflows.orders.activities import OrderActivities
from workflows.orders.client import OrdersClient, workflow_id
from workflows.orders.models import (
    CancelOrder,
    DecidePayment,
    OrderRequest,
    OrderStatus,
    PaymentConfirmation,
    ResolveStep,
    ShipmentReport,
    ShipmentStatus,
)
from workflows.orders.payment_intake.models import PaymentIntakeView
from workflows.orders.policy import OrderPolicy
from workflows.orders.signal_outcome import SignalOutcome
from workflows.orders.views.models import OrderStatusAnswer, OrderView
from workflows.orders.workflow import WORKFLOWS, OrderWorkflow
from workflows.shared.actions import Action
from workflows.shared.errors import NoAnswerError
from workflows.shared.visibility import VisibilityActivities

HOUR = 3_600
DAY = 24 * HOUR
"""Seconds."""
A_ROUND = timedelta(seconds=50)
"""More than one round of trying takes, and less than the pause after it."""

UNDONE = frozenset({OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED})

TOTAL = 12_000
"""What :func:`order` costs, in cents."""


def order(**changes: Any) -> OrderRequest:  # noqa: ANN401 - any field of the model
    """Return an order of 3 pieces for $120.00 that takes no time to fulfil, with ``changes``."""
    fields: dict[str, Any] = {
        "order_id": fresh("ORD"),
        "customer": {"customer_id": "CUST-ADA", "name": "Ada Lovelace", "email": "ada@example.com"},
        "currency": "USD",
        "lines": [
            {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 2, "unit_price": 5_000},
            {"sku": "SKU-LAMP", "name": "Lamp", "quantity": 1, "unit_price": 2_000},
        ],
        "shipping_address": {
            "name": "Ada Lovelace",
            "line1": "12 Analytical Way",
            "city": "Springfield",
            "postal_code": "49007",
            "country": "US",
        },
        "fulfilment_seconds_per_step": 0,
    }
    return OrderRequest.model_validate(fields | changes)


def payment(payment_id: str | None = None, amount: int = TOTAL, currency: str = "USD") -> PaymentConfirmation:
    """Return a confirmation, by default of the right amount."""
    return PaymentConfirmation(payment_id=payment_id or fresh("pay"), amount=amount, currency=currency)


def stocked(**policy: Any) -> World:  # noqa: ANN401 - any field of the model
    """Return a world with chairs and lamps, and no shelves; ``policy`` is what differs from the usual rules.

    Unless that says so, nobody is reminded, and no payment waits for its order: the one timer of an order that waits is
    the end of its window.
    """
    stock = {"SKU-CHAIR": 100, "SKU-LAMP": 100, "SKU-SHELF": 0}
    usual = {"seconds_per_step": 0, "reminder_seconds": 0, "payment_waits_seconds": 0}
    return World(stock, OrderPolicy.model_validate(usual | policy))


def line(sku: str, quantity: int, unit_price: int, kind: str = "goods") -> dict[str, Any]:
    """Return a line of an order."""
    name = sku.removeprefix("SKU-").capitalize()
    return {"sku": sku, "name": name, "quantity": quantity, "unit_price": unit_price, "kind": kind}


def texts(view: OrderView | PaymentIntakeView) -> list[str]:
    """Return the lines of the timeline."""
    return [entry.text for entry in view.timeline]


def action(view: OrderView, name: str = "cancel_order") -> Action:
    """Return one of the order's actions."""
    return next(found for found in view.actions if found.name == name)


def moves(view: OrderView, payment_id: str | None = None) -> list[tuple[str, int]]:
    """Return what the order tells of its ledger, or of one payment there: kind and amount."""
    return [(entry.kind, entry.amount) for entry in view.ledger if payment_id in (None, entry.payment_id)]


class Shop:
    """One test's view of the orders system."""

    def __init__(
        self, client: Client, world: World, task_queue: str, environment: WorkflowEnvironment | None = None
    ) -> None:
        self.client = client
        self.world = world
        self.task_queue = task_queue
        self.orders = OrdersClient(client, task_queue=task_queue)
        self._environment = environment

    async def pass_time(self, length: timedelta) -> None:
        """Let time pass without waiting, on the server that can."""
        assert self._environment is not None, "this needs the time-skipping server"
        await skip_time(self._environment, length)

    def handle(self, request: OrderRequest) -> WorkflowHandle[OrderWorkflow, OrderStatusAnswer]:
        """Return the handle of an order's workflow."""
        return self.client.get_workflow_handle_for(OrderWorkflow.run, workflow_id(request.order_id))

    async def begin(self, **changes: Any) -> OrderRequest:  # noqa: ANN401 - any field of the model
        """Start an order."""
        request = order(**changes)
        await self.orders.begin(request)
        return request

    async def start(self, **changes: Any) -> OrderRequest:  # noqa: ANN401 - any field of the model
        """Start an order and wait until the stock is decided."""
        request = await self.begin(**changes)
        await self.orders.wait_decided(request.order_id, within=timedelta(seconds=TIMEOUT))
        return request

    async def pay(self, request: OrderRequest, confirmation: PaymentConfirmation | None = None) -> SignalOutcome:
        """Confirm a payment, by default the right one."""
        return await self.orders.confirm_payment(request.order_id, confirmation or payment())

    async def paid(self, confirmation: PaymentConfirmation | None = None, **changes: Any) -> OrderRequest:  # noqa: ANN401 - any field of the model
        """Start and pay an order, and wait until it is being picked, which takes a day."""
        request = await self.start(**({"fulfilment_seconds_per_step": DAY} | changes))
        await self.pay(request, confirmation or payment(f"pay-{request.order_id}"))
        await self.until(request, lambda view: view.status == OrderStatus.FULFILLING and bool(view.ledger))
        return request

    async def shipped(self, confirmation: PaymentConfirmation | None = None, **changes: Any) -> OrderRequest:  # noqa: ANN401 - any field of the model
        """Do the same, and wait until the carrier has the parcel."""
        request = await self.paid(confirmation, **changes)
        await self.report(request, ShipmentStatus.SHIPPED)
        await self.until_status(request, OrderStatus.SHIPPED)
        return request

    async def decide_payment(self, request: OrderRequest, payment_id: str, decision: str) -> OrderView:
        """Accept or refund a parked payment."""
        fields = {"payment_id": payment_id, "decision": decision, "by": "dora", "reason": "a regular"}
        return await self.orders.decide_payment(request.order_id, DecidePayment.model_validate(fields))

    async def until_stuck(self, request: OrderRequest, *steps: str) -> OrderView:
        """Let a round of trying fail, and return the order when those steps are stuck."""
        await self.pass_time(A_ROUND)
        return await self.until(request, lambda view: {stuck.step for stuck in view.stuck} == set(steps))

    async def resolve(self, request: OrderRequest, step: str, decision: str, **more: str) -> OrderView:
        """Decide about a stuck step."""
        fields = {"step": step, "decision": decision, "by": "ana"} | more
        return await self.orders.resolve_step(request.order_id, ResolveStep.model_validate(fields))

    async def cancel(self, request: OrderRequest) -> SignalOutcome:
        """Ask for the order to be cancelled."""
        return await self.orders.cancel_order(
            request.order_id, CancelOrder(reason="changed my mind", requested_by="ada")
        )

    async def report(
        self, request: OrderRequest, status: ShipmentStatus, parcel: int | str | None = None
    ) -> SignalOutcome:
        """Report about the order's parcels, or the one with that number or ID."""
        parcel_id = f"{request.order_id}-P{parcel}" if isinstance(parcel, int) else parcel
        return await self.orders.report_shipment(request.order_id, ShipmentReport(status=status, parcel_id=parcel_id))

    async def until(self, request: OrderRequest, reached: Callable[[OrderView], bool]) -> OrderView:
        """Wait until the order looks as wanted, and return it."""
        return await eventually(partial(self.orders.get_order, request.order_id), reached, ignoring=(NoAnswerError,))

    async def until_status(self, request: OrderRequest, status: OrderStatus) -> OrderView:
        """Wait until the order has that status."""
        return await self.until(request, lambda view: view.status == status)

    async def until_event(self, request: OrderRequest, event: str, count: int = 1) -> None:
        """Wait until the order's history has ``count`` events of that type, such as ``TIMER_FIRED``."""
        wanted = EventType.Value(f"EVENT_TYPE_{event}")
        async with asyncio.timeout(TIMEOUT):
            async for found in self.handle(request).fetch_history_events(wait_new_event=True):
                count -= found.event_type == wanted
                if not count:
                    return

    async def until_signals_handled(self, request: OrderRequest) -> None:
        """Wait until a workflow task that began after the last signal has completed; one task may take several."""

        async def handled() -> bool:
            signalled = began = 0
            async for event in self.handle(request).fetch_history_events():
                if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                    signalled = event.event_id
                elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                    began = event.workflow_task_completed_event_attributes.started_event_id
            return 0 < signalled < began

        await eventually(handled)

    def worker(self, *, cached: int = 100, runner: WorkflowRunner | None = None) -> AbstractAsyncContextManager[None]:
        """Return a worker of this shop's queue, for tests that let one end and another one start."""
        hasty = self._environment is None
        return orders_worker(self.client, self.world, self.task_queue, cached=cached, runner=runner, hasty=hasty)

    async def ended(self, request: OrderRequest) -> OrderView:
        """Wait until the order's workflow has ended, check its stock and its money, and return the order."""
        await self.handle(request).result()
        view = await self.orders.get_order(request.order_id)
        self.world.inventory.assert_adds_up()
        if view.status in UNDONE:
            assert self.world.payments.kept(request.order_id) == 0
        return view


@asynccontextmanager
async def orders_worker(
    client: Client,
    world: World,
    task_queue: str,
    *,
    cached: int = 100,
    registered: bool = True,
    runner: WorkflowRunner | None = None,
    hasty: bool = True,
) -> AsyncIterator[None]:
    """Run a worker. With ``cached=0`` every workflow task replays the whole history.

    ``registered`` is whether the namespace knows the search attributes. The default ``runner`` has no sandbox, which
    costs more than the workflow itself; the tests of the supervisor have it. ``hasty`` lets failed attempts be repeated
    at once.
    """
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[
            *OrderActivities(world.ports, registered=registered).all(),
            VisibilityActivities(registered=registered).search_attributes_registered,
        ],
        # A bug fails the test at once instead of hanging it.
        **workflow_options(*[HastyRetries(lasting=True)] * hasty, failures=[Exception]),
        max_cached_workflows=cached,
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        build_id=BUILD_ID,
    ):
        yield


@asynccontextmanager
async def open_shop(
    client: Client,
    world: World | None = None,
    *,
    cached: int = 100,
    environment: WorkflowEnvironment | None = None,
    runner: WorkflowRunner | None = None,
    task_queue: str = "",
) -> AsyncIterator[Shop]:
    """Run a worker on a task queue of its own or that one, and give a shop that uses it."""
    shop = Shop(client, world or stocked(), task_queue or fresh("orders"), environment)
    async with shop.worker(cached=cached, runner=runner):
        yield shop
