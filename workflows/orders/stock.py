"""The pieces set aside for an order."""

from collections.abc import Awaitable, Callable
from functools import partial

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import ReservationRef, ReserveStock
from workflows.orders.attention import Attention
from workflows.orders.models import Reservation, ReservationStatus, ReservedLine, ShipmentStatus
from workflows.orders.repeating import tried_unless_decided, until_done, until_settled
from workflows.orders.retrying import ROUND
from workflows.orders.shipments import Shipment
from workflows.orders.state import OrderState
from workflows.orders.stuck import Outcome, StepKind, StepRef
from workflows.orders.words import pieces

PutBack = Callable[[OrderActivities, ReservationRef], Awaitable[None]]


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
            self._state.stuck,
            self._ref(StepKind.RESERVE, reservation_id, "reserving stock"),
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
            ref = self._ref(StepKind.CONSUME, held.reservation_id, f"booking out {_pieces_of(held)}")
            outcome = await until_settled(
                self._state.stuck, ref, partial(self._consume, held), failing=self._unavailable
            )
            self._state.settle_attention(Attention.STOCK_UNAVAILABLE)
            if outcome != Outcome.SKIPPED:
                self._turn(shipment, held, ReservationStatus.CONSUMED, "stock booked out")

    async def undo(self, shipment: Shipment) -> None:
        """Put the pieces back that are still there: all before they left, all that came back, none that got lost.

        Raises:
            ActivityError: it did not work; ask again later.
        """
        if self._refused or (shipment.left and shipment.parcel_status != ShipmentStatus.RETURNED):
            return
        if not shipment.reservations:
            reservation_id = f"{self._state.request.order_id}/reservation"
            await self._put_back(OrderActivities.release_stock, reservation_id, "release of what may be reserved")
        for held in shipment.reservations:
            some = _pieces_of(held)
            if held.status == ReservationStatus.HELD:
                how, name, words = OrderActivities.release_stock, f"release of {some}", "stock released"
            elif held.status == ReservationStatus.CONSUMED and shipment.parcel_status == ShipmentStatus.RETURNED:
                how, name, words = OrderActivities.restock, f"restocking {some}", "back in stock"
            else:
                continue
            if await self._put_back(how, held.reservation_id, name):
                self._turn(shipment, held, ReservationStatus.RELEASED, words)

    async def _put_back(self, how: PutBack, reservation_id: str, name: str) -> bool:
        """Return whether the pieces are back, and not skipped."""
        step = ReservationRef(reservation_id=reservation_id)
        outcome = await tried_unless_decided(
            self._state.stuck,
            self._ref(StepKind.RELEASE, reservation_id, name),
            lambda: workflow.execute_activity_method(how, step, **ROUND),
        )
        return outcome != Outcome.SKIPPED

    def _ref(self, kind: StepKind, reservation_id: str, name: str) -> StepRef:
        """Return what the step is called: by its kind alone in an order's first reservation."""
        return StepRef(kind, name, key=reservation_id.removeprefix(f"{self._state.request.order_id}/reservation")[1:])

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

    def _unavailable(self) -> None:
        self._state.call_attention(Attention.STOCK_UNAVAILABLE)


def _pieces_of(held: Reservation) -> str:
    return pieces(sum(line.quantity for line in held.lines))
