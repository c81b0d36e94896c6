"""Cancels a part of an order, which goes on with the rest: its pieces are free again, its price goes back."""

from dataclasses import dataclass, field
from functools import partial

from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipments import Shipment
from workflows.orders.goods.stock import Stock
from workflows.orders.models import OrderStatus
from workflows.orders.payments.booking import PaymentBooking
from workflows.orders.payments.refund_rules import refundable
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.tasks import Background
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import ReservedLine


@dataclass
class ShipmentCancellation:
    """Cancels shipments, or pieces that are not in stock; cancelling the last shipment closes the order."""

    _state: OrderState
    _stock: Stock
    _records: ParcelRecords
    _booking: PaymentBooking
    _refunds: int = field(default=0, init=False)
    jobs: Background = field(default_factory=Background, init=False)

    def cancel(self, shipment: Shipment, why: str) -> int:
        """Cancel a shipment in any state, and return what goes back while the order goes on."""
        shipment.cancelled = True
        shipment.awaits = []
        if not self._state.live_shipments:
            self._state.close_as(OrderStatus.CANCELLED, why)
            return 0
        shipment.undone_separately = True
        self._state.note(f"parcel {shipment.parcel_id} is cancelled: {why}")
        back = self.cancel_lines(shipment.lines, why)
        self.jobs.start(self._undo(shipment))
        self._state.follow_if_under_way()
        return back

    def cancel_lines(self, lines: list[ReservedLine], why: str) -> int:
        """Cancel pieces: the order costs less, and what was paid for them goes back. Return how much that is."""
        left = refundable(self._state)  # what was refunded by line is paid back already
        lines = [line.model_copy(update={"quantity": min(line.quantity, left.get(line.sku, 0))}) for line in lines]
        value = self._state.cancel_lines([line for line in lines if line.quantity], why)
        payment = self._state.payments.accepted
        amount = min(value, payment.left) if payment else 0
        if payment is not None and amount:
            self._refunds += 1
            self._booking.pay_back(payment, payment.owe(f"cancelled-{self._refunds}", amount))
        return amount

    async def _undo(self, shipment: Shipment) -> None:
        compensations = Compensations()
        compensations.register(Attention.RELEASE_FAILED, partial(self._stock.undo, shipment))
        compensations.register(Attention.RECALL_FAILED, partial(self._records.recall, shipment))
        await compensations.unwind(self._state.stuck)
