"""The pieces set aside for an order."""

from functools import partial

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import ReservationRef, ReserveStock
from workflows.orders.attention import Attention
from workflows.orders.models import Reservation, ReservationStatus, ReservedLine, ShipmentStatus
from workflows.orders.retrying import ROUND, until_done
from workflows.orders.shipments import Shipment
from workflows.orders.state import OrderState
from workflows.orders.words import pieces


class Stock:
    """Reserves, books out and puts back, each shipment's pieces under reservation IDs of their own."""

    def __init__(self, state: OrderState) -> None:
        self._state = state
        self._refused = False

    async def reserve(self, shipment: Shipment) -> str | None:
        """Set everything aside, and return None, or why the inventory will not."""
        reservation_id = f"{self._state.request.order_id}/reservation"
        step = ReserveStock(reservation_id=reservation_id, lines=shipment.lines)
        answer = await until_done(
            lambda: workflow.execute_activity_method(OrderActivities.reserve_stock, step, **ROUND),
            failing=self._unavailable,
        )
        self._state.settle_attention(Attention.STOCK_UNAVAILABLE)
        self._refused = answer.refusal is not None
        if not self._refused:
            self._hold(shipment, reservation_id, shipment.lines)
        return answer.refusal

    async def consume(self, shipment: Shipment) -> None:
        """Book the pieces out, for as long as it takes: they have left the house."""
        for held in shipment.reservations:
            await until_done(partial(self._consume, held), failing=self._unavailable)
            self._state.settle_attention(Attention.STOCK_UNAVAILABLE)
            self._turn(shipment, held, ReservationStatus.CONSUMED, "stock booked out")

    async def undo(self, shipment: Shipment) -> None:
        """Put the pieces back that are still there: all before they left, all that came back, none that got lost.

        Raises:
            ActivityError: it did not work; ask again later.
        """
        if self._refused:
            return
        if not shipment.reservations:
            ref = ReservationRef(reservation_id=f"{self._state.request.order_id}/reservation")
            await workflow.execute_activity_method(OrderActivities.release_stock, ref, **ROUND)
        for held in shipment.reservations:
            ref = ReservationRef(reservation_id=held.reservation_id)
            if held.status == ReservationStatus.HELD:
                await workflow.execute_activity_method(OrderActivities.release_stock, ref, **ROUND)
                self._turn(shipment, held, ReservationStatus.RELEASED, "stock released")
            elif held.status == ReservationStatus.CONSUMED and shipment.parcel_status == ShipmentStatus.RETURNED:
                await workflow.execute_activity_method(OrderActivities.restock, ref, **ROUND)
                self._turn(shipment, held, ReservationStatus.RELEASED, "back in stock")

    async def _consume(self, held: Reservation) -> None:
        ref = ReservationRef(reservation_id=held.reservation_id)
        await workflow.execute_activity_method(OrderActivities.consume_stock, ref, **ROUND)

    def _hold(self, shipment: Shipment, reservation_id: str, lines: list[ReservedLine]) -> None:
        held = Reservation(reservation_id=reservation_id, status=ReservationStatus.HELD, lines=lines)
        shipment.hold(held)
        self._state.note(f"stock reserved: {_pieces_of(held)}")

    def _turn(self, shipment: Shipment, held: Reservation, status: ReservationStatus, words: str) -> None:
        shipment.hold(held.model_copy(update={"status": status}))
        self._state.note(f"{words}: {_pieces_of(held)}")

    def _unavailable(self, why: str) -> None:
        self._state.call_attention(Attention.STOCK_UNAVAILABLE, f"the inventory does not answer: {why}; trying again")


def _pieces_of(held: Reservation) -> str:
    return pieces(sum(line.quantity for line in held.lines))
