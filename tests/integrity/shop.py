"""An order with a payment and two parts of one: its price is kept if the goods have left, otherwise nothing is."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from typing_extensions import override

from tests.integrity.subject import Step, Subject
from tests.support.eventually import eventually
from tests.support.orders import TOTAL, Shop, order
from tests.support.payments import Intake
from tests.support.temporal import fresh
from workers.store.shipping import RECALLED
from workflows.orders.client import PAYMENT_WORKFLOW_TYPE, WORKFLOW_TYPE, payment_workflow_id, workflow_id
from workflows.orders.late_refunds.models import RefundResult, WantedRefund
from workflows.orders.models import ENDED, OrderStatus
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.shared.errors import CallError


class Orders(Subject):
    """One order, a payment of its price, and two that make it together."""

    steps = 5

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop.client, shop.world.store)
        self._shop = shop
        self._request = order()
        parts = TOTAL, TOTAL // 3, TOTAL - TOTAL // 3
        payments = [Intake(shop, self._request.order_id, amount=amount) for amount in parts]
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

    async def _refund_late(self, *, delivered: bool) -> None:
        """Ask for more refunds at once than the money is enough for, one of them twice."""
        order_id, payments = self._request.order_id, self._shop.world.payments
        wanted = WantedRefund(amount=TOTAL // 2 - 1, currency="USD", by="ana", reason="late")
        ids = [fresh("RET") for _ in range(3)]
        refunds = [self._shop.orders.refund_delivered(order_id, wanted, refund_id=each) for each in (*ids, *ids)]
        results = await asyncio.gather(*refunds, return_exceptions=True)
        made = {result.refund_id for result in results if isinstance(result, RefundResult)}
        assert len(made) == (2 if delivered else 0), f"{results}"
        assert payments.kept(order_id) == (2 if delivered else 0)

    @override
    async def check(self) -> None:
        world, order_id = self._shop.world, self._request.order_id
        outcomes = [await payment.outcome() for payment in self._payments.values()]
        again = [await payment.outcome() for payment in self._payments.values()]
        assert outcomes == again, "a payment changed its owner"
        delivered = self.outcomes[self.item_ids[0]].status == OrderStatus.DELIVERED
        if delivered:  # else the order may have had a payment, and given it back since
            paid = zip(self._payments.values(), outcomes, strict=True)
            applied = [each.request.amount for each, outcome in paid if outcome == PaymentOutcome.APPLIED]
            assert sum(applied) == TOTAL, f"{outcomes}"
        await eventually(lambda: world.payments.kept(order_id), lambda kept: kept == TOTAL * delivered)
        parcels = [status for status in world.carrier.parcels.values() if status != RECALLED]
        assert len(parcels) == int(delivered), "a parcel of an order that was not delivered"
        world.inventory.assert_adds_up()
        assert world.inventory.count("consumed") == 3 * delivered
        assert world.inventory.count("held") == 0
        await self._refund_late(delivered=delivered)
        told = {key.rpartition("/")[2] for key in world.mailer.sent if key.startswith(order_id)}
        assert len(told & {"delivered", "cancelled", "rejected", "expired"}) <= 1, f"the customer was told {told}"
