"""What the store has of earlier runs of an order, which may be in no history after a reset or another start."""

from collections.abc import Callable
from dataclasses import dataclass

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import Opening, OrderPast, OrderRef
from workflows.orders.goods.redirection import Redirection
from workflows.orders.models import ShipmentStatus
from workflows.orders.outcome import ATTEMPT_TIMEOUT, RETRY, Outcome
from workflows.orders.payments.handler import PaymentHandler
from workflows.orders.payments.order_refunds import OrderRefunds
from workflows.orders.ports import OrderBooks
from workflows.orders.state import OrderState


@dataclass
class PastReader:
    """Takes over how the order has ended, or its money and its parcels."""

    _state: OrderState
    _outcome: Outcome
    _payments: PaymentHandler
    _refunds: OrderRefunds
    _redirection: Redirection
    _drop_jobs: Callable[[], None]

    async def read(self) -> None:
        """Read the store after a reset, however long that takes. Meanwhile nothing is decided or done."""
        past = await workflow.execute_activity_method(
            OrderActivities.read_past,
            OrderRef(order_id=self._state.request.order_id, item_id=workflow.info().workflow_id),
            start_to_close_timeout=ATTEMPT_TIMEOUT,
            retry_policy=RETRY,
        )
        self._take(past, reserved_now=False)
        if self._outcome.recorded is not None:
            await self._state.settled()  # so that all that was under way waits, or has ended
            self._drop_jobs()

    def take(self, opening: Opening) -> None:
        """Take over what the store has, as the order opens."""
        self._take(opening, reserved_now=True)

    def _take(self, past: OrderPast, *, reserved_now: bool) -> None:
        if past.record is not None:
            self._outcome.take_over(past.record)
        elif past.books is not None:
            self._find(past.books, reserved_now=reserved_now)

    def _find(self, books: OrderBooks, *, reserved_now: bool) -> None:
        for payment in books.payments:
            self._payments.find(payment)
        if books.address is not None:
            self._redirection.find(books.address)
        released = {release.release_key for release in books.released}
        for decided in books.decided:
            self._refunds.find(decided, released, reserved_now=reserved_now)
        for shipment in self._state.shipments:
            found = books.parcels.get(shipment.parcel_id)
            if found is None:
                continue
            if shipment.parcel is None:
                shipment.reported, shipment.found = ShipmentStatus.SHIPPED, found
            elif found not in shipment.been and self._state.closing_as is None:
                self._state.move_parcel(shipment, found)
