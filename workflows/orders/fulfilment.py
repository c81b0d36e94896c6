"""Picking, packing, handing over, and the parcel's way to the customer."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import CreateParcel, ParcelAnswer, ParcelRef, UpdateParcel
from workflows.orders.attention import Attention
from workflows.orders.background import Background
from workflows.orders.compensation import Compensation, Compensations
from workflows.orders.correspondence import Correspondence
from workflows.orders.emails import Milestone
from workflows.orders.models import OrderStatus, Parcel, ShipmentReport, ShipmentStatus
from workflows.orders.retrying import ROUND, until_done, wait_until
from workflows.orders.state import OrderState, Step
from workflows.orders.stock import Stock

WAREHOUSE = (Step.PICK, Step.PACK, Step.SHIP)


class Fulfilment:
    """The built-in warehouse and carrier: each step takes its time, unless somebody reports it done earlier."""

    def __init__(
        self, state: OrderState, stock: Stock, compensations: Compensations, correspondence: Correspondence
    ) -> None:
        self._state = state
        self._stock = stock
        self._compensations = compensations
        self._correspondence = correspondence
        self._records = Background()
        self._one_record_at_a_time = asyncio.Lock()
        self._parcel_id = f"{state.request.order_id}-P1"

    async def ship(self) -> None:
        """Pick, pack, hand over, and book the pieces out."""
        self._state.enter(OrderStatus.FULFILLING)
        for step in WAREHOUSE:
            await self._take_time(step)
            if self._state.closing_as:  # cancelled in the very task in which the step ended
                return
        self._compensations.register(
            Compensation("recalling the parcel", Attention.RECALL_FAILED, self._recall_unconfirmed)
        )
        carrier = await until_done(self._hand_over, failing=self._carrier_unavailable)
        self._state.settle_attention(Attention.CARRIER_UNAVAILABLE, self._parcel_id)
        self._state.parcel = Parcel(
            parcel_id=self._parcel_id, carrier=carrier, status=ShipmentStatus.SHIPPED, updated_at=self._state.now
        )
        self._state.note(f"parcel {self._parcel_id} handed to {carrier}")
        await self._stock.consume()

    async def deliver(self) -> None:
        """Follow the parcel until it is delivered, for as long as that takes."""
        self._correspondence.send(Milestone.SHIPPED)
        self._state.follow_parcel()
        while self._state.status != OrderStatus.DELIVERED:
            if self._state.status == OrderStatus.SHIPPED:
                await self._carry()
            else:
                await wait_until(lambda: self._state.status != OrderStatus.NEEDS_ACTION)
        self._correspondence.send(Milestone.DELIVERED)

    def report(self, report: ShipmentReport) -> None:
        """Believe a report that the rules allow."""
        if self._state.parcel is None:
            self._state.warehouse_report = report.status
            self._state.note(f"reported {report.status}" + (f": {report.note}" if report.note else ""))
        else:
            self._move_parcel(report.status, report.note)

    async def finish(self) -> None:
        """Wait until the carrier's records say what the order says."""
        await self._records.finish()

    async def _take_time(self, step: Step) -> None:
        per_step = timedelta(seconds=self._state.seconds_per_step or 0)
        self._state.start_step(step, self._state.now + per_step)
        await wait_until(lambda: self._reported(step), per_step, step)

    def _reported(self, step: Step) -> bool:
        if self._state.warehouse_report == ShipmentStatus.PICKED:
            return step == Step.PICK
        return self._state.warehouse_report == ShipmentStatus.SHIPPED

    async def _hand_over(self) -> str:
        self._state.handing_over = True
        try:
            answer: ParcelAnswer = await workflow.execute_activity_method(
                OrderActivities.create_parcel,
                CreateParcel(
                    parcel_id=self._parcel_id,
                    order_id=self._state.request.order_id,
                    address=self._state.request.shipping_address,
                ),
                **ROUND,
            )
        finally:
            # Between two rounds the order may be cancelled: the parcel is then recalled, since an attempt that
            # seemed to fail may have reached the carrier.
            self._state.handing_over = False
        return answer.carrier

    async def _recall_unconfirmed(self) -> None:
        if self._state.parcel is None:
            await workflow.execute_activity_method(
                OrderActivities.recall_parcel, ParcelRef(parcel_id=self._parcel_id), **ROUND
            )

    async def _carry(self) -> None:
        per_step = timedelta(seconds=self._state.seconds_per_step or 0)
        self._state.start_step(Step.DELIVER, self._state.now + per_step)
        reported = await wait_until(lambda: self._state.status != OrderStatus.SHIPPED, per_step, Step.DELIVER)
        if not reported:
            self._move_parcel(ShipmentStatus.DELIVERED)

    def _move_parcel(self, status: ShipmentStatus, note: str | None = None) -> None:
        self._state.move_parcel(status, note)
        self._records.start(self._record(status))

    async def _record(self, status: ShipmentStatus) -> None:
        step = UpdateParcel(parcel_id=self._parcel_id, status=status)
        async with self._one_record_at_a_time:
            await until_done(
                lambda: workflow.execute_activity_method(OrderActivities.update_parcel, step, **ROUND),
                failing=self._carrier_unavailable,
            )
            self._state.settle_attention(Attention.CARRIER_UNAVAILABLE, self._parcel_id)

    def _carrier_unavailable(self, why: str) -> None:
        self._state.call_attention(
            Attention.CARRIER_UNAVAILABLE, f"the carrier does not answer: {why}; trying again", self._parcel_id
        )
