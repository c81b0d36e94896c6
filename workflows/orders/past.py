"""What the store has of earlier runs of an order, which may be in no history after a reset or another start."""

from collections.abc import Callable
from dataclasses import dataclass

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import OrderPast, OrderRef
from workflows.orders.models import ShipmentStatus
from workflows.orders.outcome import ATTEMPT_TIMEOUT, RETRY, Outcome
from workflows.orders.payments.handler import PaymentHandler
from workflows.orders.ports import OrderBooks
from workflows.orders.state import OrderState


@dataclass
class PastReader:
    """Takes over how the order has ended, or its money and its parcels."""

    _state: OrderState
    _outcome: Outcome
    _payments: PaymentHandler
    _drop_jobs: Callable[[], None]

    async def read(self) -> None:
        """Read the store after a reset, however long that takes. Meanwhile nothing is decided or done."""
        past = await workflow.execute_activity_method(
            OrderActivities.read_past,
            OrderRef(order_id=self._state.request.order_id, item_id=workflow.info().workflow_id),
            start_to_close_timeout=ATTEMPT_TIMEOUT,
            retry_policy=RETRY,
        )
        self.take(past)
        if self._outcome.recorded is not None:
            await self._state.settled()  # so that all that was under way waits, or has ended
            self._drop_jobs()

    def take(self, past: OrderPast) -> None:
        """Take over what the store has."""
        if past.record is not None:
            self._outcome.take_over(past.record)
        elif past.books is not None:
            self._find(past.books)

    def _find(self, books: OrderBooks) -> None:
        for payment in books.payments:
            self._payments.find(payment)
        for shipment in self._state.shipments:
            found = books.parcels.get(shipment.parcel_id)
            if found is None:
                continue
            if shipment.parcel is None:
                shipment.reported, shipment.found = ShipmentStatus.SHIPPED, found
            elif found not in shipment.been and self._state.closing_as is None:
                self._state.move_parcel(shipment, found)
