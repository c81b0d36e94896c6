"""The process of one shipment: picked, packed, handed over, and carried to the customer."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import CreateParcel, ParcelAnswer
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipments import WAREHOUSE, Shipment, Step
from workflows.orders.goods.stock import Stock
from workflows.orders.models import ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.retrying import ROUND, retry_until_done
from workflows.orders.steps.stuck import Outcome, StepKind, StepRef
from workflows.orders.steps.tasks import run_unless, wait_until
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import Parcel


@dataclass
class ShipmentProcess:
    """The built-in warehouse and carrier: each step takes its time, unless it is reported done earlier."""

    _state: OrderState
    _shipment: Shipment
    _stock: Stock
    _compensations: Compensations
    _emails: EmailSender
    _records: ParcelRecords

    async def run(self) -> None:
        """Run all steps; a shipment that is cancelled, or whose order closes, stops where it is."""
        await run_unless(self._stopped, self._run())

    def _stopped(self) -> bool:
        return self._shipment.cancelled or self._state.closing_as is not None

    async def _run(self) -> None:
        if self._shipment.awaits:
            await wait_until(lambda: not self._shipment.awaits)
            self._shipment.step = Step.PICK
            self._state.follow_parcels()
        for step in WAREHOUSE:
            await self._take_time(step)
            if self._stopped():  # cancelled in the workflow task in which the step ended
                return
            if not self._shipment.lines:
                self._end_empty()
                return
        # A request to cancel is decided before the parcel leaves the warehouse.
        await wait_until(lambda: self._state.cancelling is None)
        if self._stopped():
            return
        await self._hand_over()
        await self._deliver()

    def _end_empty(self) -> None:
        """End without a parcel: everything in it is refunded."""
        self._state.note(f"nothing is left of parcel {self._shipment.parcel_id}")
        self._shipment.step = None
        if all(each.departed for each in self._state.live_shipments):
            self._state.follow_parcels()

    async def _take_time(self, step: Step) -> None:
        per_step = self._start_step(step)
        await wait_until(lambda: self._reported(step) or not self._shipment.lines, per_step, step)

    def _start_step(self, step: Step) -> timedelta:
        per_step = timedelta(seconds=self._state.seconds_per_step or 0)
        self._state.start_step(self._shipment, step, self._state.now + per_step)
        return per_step

    def _reported(self, step: Step) -> bool:
        if self._shipment.reported == ShipmentStatus.PICKED:
            return step == Step.PICK
        return self._shipment.reported == ShipmentStatus.SHIPPED

    async def _hand_over(self) -> None:
        shipment = self._shipment
        shipment.hand_over_begun = True
        self._compensations.register(Attention.RECALL_FAILED, self._recall)
        ref = StepRef(StepKind.HAND_OVER, f"handing over parcel {shipment.parcel_id}", key=shipment.key)
        carrier = await retry_until_done(
            self._state.stuck, ref, partial(self._create_parcel, ref), failing=self._hand_over_failed
        )
        shipment.parcel = Parcel(
            parcel_id=shipment.parcel_id,
            carrier=carrier,
            status=ShipmentStatus.SHIPPED,
            updated_at=self._state.now,
            lines=shipment.lines,
        )
        self._state.note(f"parcel {shipment.parcel_id} handed to {carrier}")
        shipment.departed = True
        self._stock.begin_to_book_out(shipment)

    async def _create_parcel(self, ref: StepRef) -> str:
        shipment, request = self._shipment, self._state.request
        if self._state.stuck.outcome(ref) == Outcome.BY_HAND:
            shipment.handed_over_by_hand = True
            return self._state.stuck.reference(ref) or "a carrier, by hand"
        step = CreateParcel(parcel_id=shipment.parcel_id, order_id=request.order_id, address=request.shipping_address)
        shipment.handing_over = True
        try:
            answer: ParcelAnswer = await workflow.execute_activity_method(OrderActivities.create_parcel, step, **ROUND)
        finally:
            # The order may be cancelled between two rounds. An attempt that seemed to fail may have reached the
            # carrier, so the parcel is recalled then.
            shipment.handing_over = False
        return answer.carrier

    def _hand_over_failed(self) -> None:
        self._shipment.hand_over_failed = True

    async def _recall(self) -> None:
        if not self._shipment.undone_separately:
            await self._records.recall(self._shipment)

    async def _deliver(self) -> None:
        self._emails.send(Milestone.SHIPPED, self._shipment)
        self._state.follow_parcels()
        while self._shipment.parcel_status != ShipmentStatus.DELIVERED:
            if self._shipment.parcel_status == ShipmentStatus.SHIPPED:
                await self._carry()
            else:
                await wait_until(self._moves_again)

    def _moves_again(self) -> bool:
        return self._shipment.parcel_status in (ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED)

    async def _carry(self) -> None:
        per_step = self._start_step(Step.DELIVER)
        moved = await wait_until(lambda: self._shipment.parcel_status != ShipmentStatus.SHIPPED, per_step, Step.DELIVER)
        if not moved:
            self._records.move(self._shipment, ShipmentStatus.DELIVERED)
