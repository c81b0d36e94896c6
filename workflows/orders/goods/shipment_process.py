"""One shipment's way: picked, packed, handed over, and carried to the customer."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import CreateParcel, ParcelAnswer
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.edition import Edition
from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipments import WAREHOUSE, Shipment, Step
from workflows.orders.goods.stock import Stock
from workflows.orders.models import Parcel, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensation, Compensations
from workflows.orders.steps.repeating import until_done
from workflows.orders.steps.retrying import ROUND, wait_until
from workflows.orders.steps.stuck import Outcome, StepKind, StepRef
from workflows.orders.views.attention import Attention


class ShipmentProcess:
    """The built-in warehouse and carrier: each step takes its time, unless somebody reports it done earlier."""

    def __init__(
        self,
        state: OrderState,
        shipment: Shipment,
        stock: Stock,
        compensations: Compensations,
        correspondence: EmailSender,
        records: ParcelRecords,
    ) -> None:
        self._state = state
        self._shipment = shipment
        self._stock = stock
        self._compensations = compensations
        self._correspondence = correspondence
        self._records = records

    async def travel(self) -> None:
        """Live through all of it; a shipment that is given up, or whose order closes, stops where it is."""
        if self._state.edition == Edition.FIRST:  # has one shipment, which stops when its order stops fulfilling
            await self._travel()
            return
        way = asyncio.create_task(self._travel())
        await wait_until(lambda: way.done() or self._stopped())
        if way.done():
            way.result()
            return
        way.cancel()
        with suppress(asyncio.CancelledError, ActivityError):
            await way

    def _stopped(self) -> bool:
        return self._shipment.given_up or self._state.closing_as is not None

    async def _travel(self) -> None:
        if self._shipment.awaits:
            await wait_until(lambda: not self._shipment.awaits)
            self._shipment.step = Step.PICK
            self._state.follow_parcels()
        for step in WAREHOUSE:
            await self._take_time(step)
            if self._stopped():  # cancelled in the very task in which the step ended
                return
            if not self._shipment.lines:
                self._vanish()
                return
        # A wish to cancel is decided before the parcel leaves the house.
        await wait_until(lambda: self._state.cancelling is None)
        if self._stopped():
            return
        await self._leave_the_house()
        await self._deliver()

    def _vanish(self) -> None:
        """End without a parcel: all that was in it is refunded."""
        self._state.note(f"nothing is left of parcel {self._shipment.parcel_id}")
        self._shipment.step = None
        if all(each.left for each in self._state.live_shipments):
            self._state.follow_parcels()

    async def _leave_the_house(self) -> None:
        shipment = self._shipment
        shipment.hand_over_begun = True
        self._compensations.register(Compensation(Attention.RECALL_FAILED, self._recall))
        ref = self._ref(StepKind.HAND_OVER, f"handing over parcel {shipment.parcel_id}")
        carrier = await until_done(
            self._state.stuck, ref, partial(self._hand_over, ref), failing=self._hand_over_failed
        )
        self._state.settle_attention(Attention.CARRIER_UNAVAILABLE, shipment.parcel_id)
        shipment.parcel = Parcel(
            parcel_id=shipment.parcel_id,
            carrier=carrier,
            status=ShipmentStatus.SHIPPED,
            updated_at=self._state.now,
            lines=shipment.lines,
        )
        self._state.note(f"parcel {shipment.parcel_id} handed to {carrier}")
        if self._state.edition >= Edition.THIRD:
            shipment.left = True
            self._stock.begin_to_consume(shipment)
            return
        await self._stock.consume(shipment)
        shipment.left = True

    async def _deliver(self) -> None:
        self._correspondence.send(Milestone.SHIPPED, self._shipment)
        self._state.follow_parcels()
        while self._shipment.parcel_status != ShipmentStatus.DELIVERED:
            if self._shipment.parcel_status == ShipmentStatus.SHIPPED:
                await self._carry()
            else:
                await wait_until(self._in_no_trouble)

    def _in_no_trouble(self) -> bool:
        return self._shipment.parcel_status in (ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED)

    async def _take_time(self, step: Step) -> None:
        per_step = timedelta(seconds=self._state.seconds_per_step or 0)
        self._state.start_step(self._shipment, step, self._state.now + per_step)
        await wait_until(lambda: self._reported(step) or not self._shipment.lines, per_step, step)

    def _reported(self, step: Step) -> bool:
        if self._shipment.reported == ShipmentStatus.PICKED:
            return step == Step.PICK
        return self._shipment.reported == ShipmentStatus.SHIPPED

    async def _hand_over(self, ref: StepRef) -> str:
        if self._state.stuck.outcome(ref) == Outcome.BY_HAND:
            self._shipment.handed_over_by_hand = True
            return self._state.stuck.reference(ref) or "a carrier, by hand"
        self._shipment.handing_over = True
        try:
            answer: ParcelAnswer = await workflow.execute_activity_method(
                OrderActivities.create_parcel,
                CreateParcel(
                    parcel_id=self._shipment.parcel_id,
                    order_id=self._state.request.order_id,
                    address=self._state.request.shipping_address,
                ),
                **ROUND,
            )
        finally:
            # Between two rounds the order may be cancelled: the parcel is then recalled, since an attempt that
            # seemed to fail may have reached the carrier.
            self._shipment.handing_over = False
        return answer.carrier

    def _hand_over_failed(self) -> None:
        self._shipment.hand_over_failed = True
        self._records.carrier_unavailable(self._shipment.parcel_id)

    async def _recall(self) -> None:
        if not self._shipment.undone_apart:
            await self._records.recall(self._shipment)

    def _ref(self, kind: StepKind, name: str) -> StepRef:
        """Return what the step is called: by its kind alone in an order's first shipment."""
        return StepRef(kind, name, key=self._shipment.key)

    async def _carry(self) -> None:
        per_step = timedelta(seconds=self._state.seconds_per_step or 0)
        self._state.start_step(self._shipment, Step.DELIVER, self._state.now + per_step)
        moved = await wait_until(lambda: self._shipment.parcel_status != ShipmentStatus.SHIPPED, per_step, Step.DELIVER)
        if not moved:
            self._records.move(self._shipment, ShipmentStatus.DELIVERED)
