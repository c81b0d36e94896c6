"""The demo's customers: they order, pay (too little, too much, twice or exactly), cancel, and lose parcels."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from workers.demo.cast import BASKETS, BUYERS, CHANGES_OF_MIND, SHELF
from workers.demo.supplier import supply
from workers.store.engine import Store
from workflows.orders.client import WORKFLOW_TYPE, OrdersClient, new_order_id
from workflows.orders.models import (
    CancelOrder,
    OrderLine,
    OrderRequest,
    OrderStatus,
    ShipmentReport,
    ShipmentStatus,
)
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentRequest
from workflows.shared.errors import CallError

log = logging.getLogger(__name__)

Story = Callable[[OrderRequest], Awaitable[None]]

SECONDS_BETWEEN_ORDERS = 12
WINDOW = 86_400
HURRIED_WINDOW = 150
QUICK_STEP = 1
SLOW_STEP = 45


async def play(client: Client, store: Store) -> None:
    """Fill the orders system if it is empty, then order, pay and supply until cancelled."""
    customers = Customers(client)
    await customers.fill()
    async with asyncio.TaskGroup() as group:
        group.create_task(supply(store))
        group.create_task(customers.live())


class Customers:
    """Everybody who orders."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._orders = OrdersClient(client)
        self._payments = PaymentsClient(client)
        self._chance = random.Random()  # noqa: S311 - not a secret
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock = datetime.now(UTC)

    async def fill(self) -> None:
        """Start orders in every stage, unless there are orders already."""
        if (await self._client.count_workflows(f"WorkflowType = '{WORKFLOW_TYPE}'")).count:
            return
        opening: list[tuple[Story, int, int]] = [
            *[(self._pays, QUICK_STEP, WINDOW)] * 7,
            (self._loses_parcel, QUICK_STEP, WINDOW),
            *[(self._cancels_after_paying, SLOW_STEP, WINDOW)] * 2,
            (self._wants_what_is_sold_out, SLOW_STEP, WINDOW),
            (self._wants_a_shelf_too, SLOW_STEP, WINDOW),
            *[(self._pays, SLOW_STEP, WINDOW)] * 6,
            (self._pays_too_much, SLOW_STEP, WINDOW),
            (self._pays_twice, SLOW_STEP, WINDOW),
            *[(self._waits, SLOW_STEP, WINDOW)] * 9,
            (self._pays_too_little, SLOW_STEP, WINDOW),
            *[(self._cancels, SLOW_STEP, WINDOW)] * 2,
            (self._waits, SLOW_STEP, QUICK_STEP),
            *[(self._waits, SLOW_STEP, HURRIED_WINDOW)] * 2,
        ]
        self._clock -= timedelta(minutes=4 * len(opening))
        for story, step, window in opening:
            await self._play(story, step, window, minutes=self._chance.uniform(2, 4))

    async def live(self) -> None:
        """Order every few seconds."""
        stories: list[tuple[Story, int]] = [
            (self._pays, 8),
            (self._pays_later, 6),
            (self._waits, 3),
            (self._cancels, 2),
            (self._cancels_after_paying, 1),
            (self._pays_too_little, 1),
            (self._pays_too_much, 1),
            (self._pays_twice, 1),
            (self._wants_a_shelf_too, 1),
            (self._loses_parcel, 1),
        ]
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / SECONDS_BETWEEN_ORDERS))
            (story,) = self._chance.choices([story for story, _ in stories], [weight for _, weight in stories])
            window = self._chance.choice((WINDOW, WINDOW, HURRIED_WINDOW))
            self._clock = max(self._clock, datetime.now(UTC))
            await self._play(story, self._chance.randint(5, SLOW_STEP), window, minutes=0)

    async def _play(self, story: Story, step: int, window: int, minutes: float) -> None:
        self._clock += timedelta(minutes=minutes, seconds=1)
        buyer = self._chance.choice(BUYERS)
        request = OrderRequest(
            order_id=new_order_id(self._clock),
            customer=buyer.customer,
            currency="USD",
            lines=self._basket(story),
            shipping_address=buyer.address,
            payment_window_seconds=window,
            fulfilment_seconds_per_step=step,
        )
        try:
            await self._orders.begin(request)
        except CallError as error:
            log.info("demo: %s", error)
            return
        task = asyncio.create_task(self._tell(story, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _basket(self, story: Story) -> list[OrderLine]:
        if story == self._wants_what_is_sold_out:
            return [SHELF]
        basket = list(self._chance.choice(BASKETS))
        return [*basket, SHELF] if story == self._wants_a_shelf_too else basket

    async def _tell(self, story: Story, request: OrderRequest) -> None:
        try:
            await self._until(request, lambda status: status != OrderStatus.CREATED)
            await story(request)
        except CallError as error:  # an operator may have been quicker: a cancelled order takes no payment
            log.info("demo: %s", error)

    async def _until(self, request: OrderRequest, reached: Callable[[OrderStatus], bool]) -> None:
        while not reached((await self._orders.get_status(request.order_id)).status):  # noqa: ASYNC110 - nothing tells a customer
            await asyncio.sleep(0.5)

    async def _pays(self, request: OrderRequest, share: float = 1) -> None:
        payment = PaymentRequest(
            payment_id=f"pay_{self._chance.randrange(16**8):08x}",
            order_id=request.order_id,
            amount=int(request.total * share),
            currency=request.currency,
            method=self._chance.choice(("card", "bank transfer", "wallet")),
        )
        await self._payments.start(payment)

    async def _pays_later(self, request: OrderRequest) -> None:
        await asyncio.sleep(self._chance.uniform(15, 120))
        await self._pays(request)

    async def _pays_too_little(self, request: OrderRequest) -> None:
        await self._pays(request, share=0.9)

    async def _pays_too_much(self, request: OrderRequest) -> None:
        await self._pays(request, share=1.1)

    async def _pays_twice(self, request: OrderRequest) -> None:
        await self._pays(request)
        await asyncio.sleep(QUICK_STEP)
        await self._pays(request)

    async def _wants_a_shelf_too(self, request: OrderRequest) -> None:
        """Leave the order to the operator: a part of it is sold out."""

    async def _waits(self, request: OrderRequest) -> None:
        """Leave the order to the payment window, or to the operator."""

    async def _wants_what_is_sold_out(self, request: OrderRequest) -> None:
        """Leave the order to be rejected."""

    async def _cancels(self, request: OrderRequest) -> None:
        reason = self._chance.choice(CHANGES_OF_MIND)
        cancel = CancelOrder(reason=reason, requested_by=request.customer.name)
        await self._orders.cancel_order(request.order_id, cancel)

    async def _cancels_after_paying(self, request: OrderRequest) -> None:
        await self._pays(request)
        await asyncio.sleep(QUICK_STEP)
        await self._cancels(request)

    async def _loses_parcel(self, request: OrderRequest) -> None:
        await self._pays(request)
        closed = (OrderStatus.DELIVERED, OrderStatus.CANCELLED)
        await self._until(request, lambda status: status == OrderStatus.SHIPPED or status in closed)
        await self._orders.report_shipment(
            request.order_id, ShipmentReport(status=ShipmentStatus.LOST, note="not found at the depot")
        )
