"""The status of each parcel: in the order at once, in the carrier's records as soon as the carrier answers."""

import asyncio
from collections.abc import Iterable

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import ParcelRef, UpdateParcel
from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import retry_until_final, round_of, run_step_or_decision
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.steps.tasks import Background


class ParcelRecords:
    """Moves parcels; the carrier hears of the moves in the background, one after the other."""

    def __init__(self, state: OrderState, jobs: Background) -> None:
        self._state = state
        self._jobs = jobs
        self._one_at_a_time = asyncio.Lock()
        self._last: list[UpdateParcel] = []
        """Moves with which the order is delivered: the activity that sends its last e-mail records them."""

    def move(self, shipment: Shipment, status: ShipmentStatus, note: str | None = None) -> None:
        """Set the status of a parcel."""
        self._state.move_parcel(shipment, status, note)
        if not shipment.handed_over_by_hand:
            self._jobs.start(self._record_unless_last(UpdateParcel(parcel_id=shipment.parcel_id, status=status)))

    def take_last(self) -> list[UpdateParcel]:
        """Return the moves that nobody records yet; the caller does, or gives them back to :meth:`record`."""
        last, self._last = self._last, []
        return last

    def record(self, moves: Iterable[UpdateParcel]) -> None:
        """Record moves in the background."""
        for move in moves:
            self._jobs.start(self._record(move))

    async def recall(self, shipment: Shipment) -> None:
        """Recall a parcel whose hand-over was tried and never confirmed.

        Raises:
            ActivityError: it failed; call it again later.
        """
        if shipment.hand_over_begun and shipment.parcel is None:
            step = ParcelRef(parcel_id=shipment.parcel_id)
            await run_step_or_decision(
                self._state.stuck,
                StepRef(StepKind.RECALL, f"recall of parcel {step.parcel_id}", key=shipment.key),
                round_of(OrderActivities.recall_parcel, step),
            )

    async def _record_unless_last(self, step: UpdateParcel) -> None:
        await self._state.settled()
        if self._state.status == OrderStatus.DELIVERED:
            self._last.append(step)
        else:
            await self._record(step)

    async def _record(self, step: UpdateParcel) -> None:
        name, key = f"recording that {step.parcel_id} is {step.status}", f"{step.parcel_id}/{step.status}"
        async with self._one_at_a_time:
            await retry_until_final(
                self._state.stuck,
                StepRef(StepKind.TRACK, name, key=key),
                round_of(OrderActivities.update_parcel, step),
            )
