"""An order with two payments: the money of one is kept if the goods have left, otherwise of none."""

from collections.abc import Sequence
from contextlib import suppress

from typing_extensions import override

from tests.integrity.subject import Step, Subject
from tests.support.eventually import eventually
from tests.support.orders import TOTAL, Shop, order
from tests.support.payments import Intake
from workers.store.shipping import RECALLED
from workflows.orders.client import PAYMENT_WORKFLOW_TYPE, WORKFLOW_TYPE, payment_workflow_id, workflow_id
from workflows.orders.models import ENDED, OrderStatus
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.shared.errors import CallError


class Orders(Subject):
    """One order, and two payments for it."""

    steps = 4

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop.client, shop.world.store)
        self._shop = shop
        self._request = order()
        payments = [Intake(shop, self._request.order_id) for _ in range(2)]
        self._payments = {payment_workflow_id(each.id): each for each in payments}
        self._paid: dict[str, PaymentOutcome] = {}

    @property
    @override
    def workflow_ids(self) -> Sequence[str]:
        return [*self.item_ids, *self._payments]

    @property
    @override
    def item_ids(self) -> Sequence[str]:
        return [workflow_id(self._request.order_id)]

    @override
    async def start(self, workflow_id: str) -> None:
        payment = self._payments.get(workflow_id)
        type_ = PAYMENT_WORKFLOW_TYPE if payment else WORKFLOW_TYPE
        start = payment.request if payment else self._request
        await self.client.start_workflow(type_, start, id=workflow_id, task_queue=self._shop.task_queue)

    @override
    async def step(self, number: int) -> None:
        steps: list[Step] = [
            *(payment.start for payment in self._payments.values()),
            lambda: self._shop.cancel(self._request),
            lambda: self._shop.orders.wait_decided(self._request.order_id),
        ]
        await steps[number]()

    @override
    async def settle(self) -> None:
        """Nothing: a payment is in the store before its order is told."""

    @override
    async def end(self) -> None:
        """Pay, which ends an order that nobody has cancelled; cancel one whose pieces an earlier run released."""
        for payment in self._payments.values():
            with suppress(CallError):
                await payment.start()
        view = await self._shop.until(self._request, lambda view: view.status in {*ENDED, OrderStatus.NEEDS_ACTION})
        if view.status is OrderStatus.NEEDS_ACTION:
            await self._shop.cancel(self._request)

    @override
    async def check(self) -> None:
        world, order_id = self._shop.world, self._request.order_id
        outcomes = [await payment.outcome() for payment in self._payments.values()]
        again = [await payment.outcome() for payment in self._payments.values()]
        assert outcomes == again, "a payment changed its owner"
        delivered = self.outcomes[self.item_ids[0]].status == OrderStatus.DELIVERED
        if delivered:  # else the order may have had a payment, and given it back since
            assert outcomes.count(PaymentOutcome.APPLIED) == 1, f"{outcomes}"
        await eventually(lambda: world.payments.kept(order_id), lambda kept: kept == TOTAL * delivered)
        parcels = [status for status in world.carrier.parcels.values() if status != RECALLED]
        assert len(parcels) == int(delivered), "a parcel of an order that was not delivered"
        world.inventory.assert_adds_up()
        assert world.inventory.count("consumed") == 3 * delivered
        assert world.inventory.count("held") == 0
        told = {key.rpartition("/")[2] for key in world.mailer.sent if key.startswith(order_id)}
        assert len(told & {"delivered", "cancelled", "rejected", "expired"}) <= 1, f"the customer was told {told}"
