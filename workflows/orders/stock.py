"""The pieces set aside for an order."""

from collections import Counter

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import ReservationRef, ReserveStock
from workflows.orders.attention import Attention
from workflows.orders.models import Reservation, ReservationStatus, ReservedLine, ShipmentStatus
from workflows.orders.retrying import ROUND, until_done
from workflows.orders.state import OrderState
from workflows.orders.words import pieces


class Stock:
    """Reserves, books out and puts back, under one reservation ID."""

    def __init__(self, state: OrderState) -> None:
        self._state = state
        self._reservation_id = f"{state.request.order_id}/reservation"
        self._refused = False

    async def reserve(self) -> str | None:
        """Set everything aside, and return None, or why the inventory will not."""
        step = ReserveStock(reservation_id=self._reservation_id, lines=self._lines())
        answer = await until_done(
            lambda: workflow.execute_activity_method(OrderActivities.reserve_stock, step, **ROUND),
            failing=self._unavailable,
        )
        self._state.settle_attention(Attention.STOCK_UNAVAILABLE)
        self._refused = answer.refusal is not None
        if not self._refused:
            self._hold(ReservationStatus.HELD, f"stock reserved: {pieces(self._state.request.pieces)}")
        return answer.refusal

    async def consume(self) -> None:
        """Book the pieces out, for as long as it takes: they have left the house."""
        await until_done(
            lambda: workflow.execute_activity_method(OrderActivities.consume_stock, self._ref, **ROUND),
            failing=self._unavailable,
        )
        self._state.settle_attention(Attention.STOCK_UNAVAILABLE)
        self._hold(ReservationStatus.CONSUMED, f"stock booked out: {pieces(self._state.request.pieces)}")

    async def undo(self) -> None:
        """Put the pieces back that are still there: all before they left, all that came back, none that got lost.

        Raises:
            ActivityError: it did not work; ask again later.
        """
        reservation = self._state.reservation
        if self._refused:
            return
        if reservation is None or reservation.status == ReservationStatus.HELD:
            await workflow.execute_activity_method(OrderActivities.release_stock, self._ref, **ROUND)
            if reservation is not None:
                self._hold(ReservationStatus.RELEASED, f"stock released: {pieces(self._state.request.pieces)}")
        elif self._state.parcel is not None and self._state.parcel.status == ShipmentStatus.RETURNED:
            await workflow.execute_activity_method(OrderActivities.restock, self._ref, **ROUND)
            self._hold(ReservationStatus.RELEASED, f"back in stock: {pieces(self._state.request.pieces)}")

    @property
    def _ref(self) -> ReservationRef:
        return ReservationRef(reservation_id=self._reservation_id)

    def _lines(self) -> list[ReservedLine]:
        wanted: Counter[str] = Counter()
        for line in self._state.request.lines:
            wanted[line.sku] += line.quantity
        return [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in wanted.items()]

    def _hold(self, status: ReservationStatus, note: str) -> None:
        self._state.reservation = Reservation(reservation_id=self._reservation_id, status=status, lines=self._lines())
        self._state.note(note)

    def _unavailable(self, why: str) -> None:
        self._state.call_attention(Attention.STOCK_UNAVAILABLE, f"the inventory does not answer: {why}; trying again")
