"""Where the parcels are: in the order at once, and in the carrier's records as soon as it answers."""

import asyncio

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import ParcelRef, UpdateParcel
from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.background import Background
from workflows.orders.steps.repeating import tried_unless_decided, until_settled
from workflows.orders.steps.retrying import ROUND
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.views.attention import Attention


class ParcelRecords:
    """Moves parcels; the carrier hears of each move beside the main line, one after the other."""

    def __init__(self, state: OrderState) -> None:
        self._state = state
        self._jobs = Background()
        self._one_at_a_time = asyncio.Lock()

    def move(self, shipment: Shipment, status: ShipmentStatus, note: str | None = None) -> None:
        """Write where a parcel is."""
        self._state.move_parcel(shipment, status, note)
        if shipment.handed_over_by_hand:
            return
        self._jobs.start(self._record(UpdateParcel(parcel_id=shipment.parcel_id, status=status)))

    def carrier_unavailable(self, parcel_id: str) -> None:
        """Tell that the carrier does not answer."""
        self._state.call_attention(Attention.CARRIER_UNAVAILABLE, key=parcel_id)

    async def recall(self, shipment: Shipment) -> None:
        """Call a parcel off whose hand-over was tried and never confirmed.

        Raises:
            ActivityError: it did not work; ask again later.
        """
        if shipment.hand_over_begun and shipment.parcel is None:
            step = ParcelRef(parcel_id=shipment.parcel_id)
            await tried_unless_decided(
                self._state.stuck,
                StepRef(StepKind.RECALL, f"recall of parcel {step.parcel_id}", key=shipment.key),
                lambda: workflow.execute_activity_method(OrderActivities.recall_parcel, step, **ROUND),
            )

    async def finish(self) -> None:
        """Wait until the carrier's records say what the order says."""
        await self._jobs.finish()

    async def _record(self, step: UpdateParcel) -> None:
        async with self._one_at_a_time:
            await until_settled(
                self._state.stuck,
                StepRef(
                    StepKind.TRACK,
                    f"recording that {step.parcel_id} is {step.status}",
                    key=f"{step.parcel_id}/{step.status}",
                ),
                lambda: workflow.execute_activity_method(OrderActivities.update_parcel, step, **ROUND),
                failing=lambda: self.carrier_unavailable(step.parcel_id),
            )
            self._state.settle_attention(Attention.CARRIER_UNAVAILABLE, step.parcel_id)
