"""The pieces set aside for an order."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import Opening, OpenOrder, ReservationRef, ReserveStock, StockAnswer
from workflows.orders.edition import Edition, restocks_whatever_it_is
from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import Reservation, ReservationStatus, ReservedLine, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.background import Background
from workflows.orders.steps.repeating import tried_unless_decided, until_done, until_settled
from workflows.orders.steps.retrying import AT_ONCE, FIRST_PAUSE, LONGEST_PAUSE, ROUND
from workflows.orders.steps.stuck import Outcome, StepKind, StepRef
from workflows.orders.views.attention import Attention
from workflows.orders.views.wording import pieces

MAY_BE_RESERVED = "release of what may be reserved"

PutBack = Callable[[OrderActivities, ReservationRef], Coroutine[Any, Any, None]]


class Stock:
    """Reserves, books out and puts back, each shipment's pieces under reservation IDs of their own."""

    def __init__(self, state: OrderState) -> None:
        self._state = state
        self._refused = False
        self._booking_out = Background()

    async def open(self, shipment: Shipment) -> Opening:
        """Ask for the shop's rules, and set aside what there is if the inventory answers at once."""
        step = ReserveStock(reservation_id=self._first_id(shipment), lines=shipment.lines)
        opening = await workflow.execute_activity_method(
            OrderActivities.open_order,
            OpenOrder(stock=step, when_short=self._state.request.when_short),
            start_to_close_timeout=AT_ONCE,
        )
        if opening.stock is not None and opening.stock.held:
            self._hold(shipment, step.reservation_id, opening.stock.held)
        return opening

    async def reserve(self, shipment: Shipment) -> str | None:
        """Set everything aside, and return None, or why the inventory will not."""
        reservation_id = self._first_id(shipment)
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

    async def reserve_available(self, shipment: Shipment) -> StockAnswer:
        """Set aside what there is of each line, and return what that is, or why the inventory refuses all."""
        reservation_id = self._first_id(shipment)
        step = ReserveStock(reservation_id=reservation_id, lines=shipment.lines)
        answer: StockAnswer = await until_done(
            self._state.stuck,
            self._ref(StepKind.RESERVE, reservation_id, "reserving stock"),
            lambda: workflow.execute_activity_method(OrderActivities.reserve_available, step, **ROUND),
            failing=self._unavailable,
        )
        self._state.settle_attention(Attention.STOCK_UNAVAILABLE)
        if answer.held:
            self._hold(shipment, reservation_id, answer.held)
        return answer

    async def await_stock(self, shipment: Shipment, longest: timedelta) -> bool:
        """Set aside what the shipment waits for as soon as it is there; return False when it never was.

        Temporal's own retries look again: they are as durable as timers, and leave nothing in the history.
        """
        reservation_id = self._new_id(shipment)
        lines = shipment.awaits
        try:
            await workflow.execute_activity_method(
                OrderActivities.await_stock,
                ReserveStock(reservation_id=reservation_id, lines=lines),
                schedule_to_close_timeout=longest,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(initial_interval=FIRST_PAUSE, maximum_interval=LONGEST_PAUSE),
                summary=f"{pieces(sum(line.quantity for line in lines))} to come in",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return False
        self._hold(shipment, reservation_id, lines)
        shipment.awaits = []
        return True

    def begin_to_consume(self, shipment: Shipment) -> None:
        """Book the pieces out beside the main line, for as long as it takes: they have left the house."""
        for held in shipment.reservations:
            self._booking_out.start(self._book_out(shipment, held))

    async def finish(self) -> None:
        """Wait until all that left the house is booked out."""
        await self._booking_out.finish()

    async def consume(self, shipment: Shipment) -> None:
        """Book the pieces out, for as long as it takes: they have left the house."""
        for held in shipment.reservations:
            await self._book_out(shipment, held)

    async def _book_out(self, shipment: Shipment, held: Reservation) -> None:
        ref = self._ref(StepKind.CONSUME, held.reservation_id, f"booking out {_pieces_of(held)}")
        outcome = await until_settled(self._state.stuck, ref, partial(self._consume, held), failing=self._unavailable)
        self._state.settle_attention(Attention.STOCK_UNAVAILABLE)
        current = next(each for each in shipment.reservations if each.reservation_id == held.reservation_id)
        if outcome != Outcome.SKIPPED and current.status == ReservationStatus.HELD:  # and not put back meanwhile
            self._turn(shipment, current, ReservationStatus.CONSUMED, "stock booked out")

    async def undo(self, shipment: Shipment) -> None:
        """Put the pieces back that are still there: all before they left, all that came back, none that got lost.

        Raises:
            ActivityError: it did not work; ask again later.
        """
        if self._refused and self._state.edition == Edition.FIRST:
            return
        if shipment.left and shipment.parcel_status != ShipmentStatus.RETURNED:
            return
        for reservation_id in self._in_doubt(shipment):
            await self._put_back([OrderActivities.release_stock], reservation_id, MAY_BE_RESERVED)
        came_back = shipment.parcel_status == ShipmentStatus.RETURNED
        for held in shipment.reservations:
            if held.status == ReservationStatus.RELEASED:
                continue
            if came_back:
                await self._end(shipment, held, self._back_in_stock(held), "restocking", "back in stock")
            elif held.status == ReservationStatus.HELD:
                await self._end(shipment, held, [OrderActivities.release_stock], "release of", "stock released")

    async def fence(self, shipment: Shipment) -> None:
        """See to it that no try to set aside what the shipment does without holds anything, for as long as it takes.

        A try that was not answered in time may reach the inventory later, when there are pieces.
        """
        for reservation_id in self._in_doubt(shipment):
            ref = self._ref(StepKind.RELEASE, reservation_id, MAY_BE_RESERVED)
            await until_settled(
                self._state.stuck,
                ref,
                partial(self._release, reservation_id),
                failing=partial(self._state.call_attention, Attention.RELEASE_FAILED, key=reservation_id),
            )
            self._state.settle_attention(Attention.RELEASE_FAILED, reservation_id)

    def _in_doubt(self, shipment: Shipment) -> list[str]:
        """Return the reservations that were asked for, and never had."""
        known = {held.reservation_id for held in shipment.reservations}
        return [reservation_id for reservation_id in shipment.reserving if reservation_id not in known]

    async def _release(self, reservation_id: str) -> None:
        ref = ReservationRef(reservation_id=reservation_id)
        await workflow.execute_activity_method(OrderActivities.release_stock, ref, **ROUND)

    def _first_id(self, shipment: Shipment) -> str:
        """Return the ID under which its stock was asked for at first, or is now."""
        return shipment.reserving[0] if shipment.reserving else self._new_id(shipment)

    def _new_id(self, shipment: Shipment) -> str:
        number = 1 + sum(len(each.reserving) for each in self._state.shipments)
        reservation_id = f"{self._state.request.order_id}/reservation" + (f"-{number}" if number > 1 else "")
        shipment.reserving.append(reservation_id)
        return reservation_id

    async def _end(self, shipment: Shipment, held: Reservation, how: Sequence[PutBack], what: str, done: str) -> None:
        if await self._put_back(how, held.reservation_id, f"{what} {_pieces_of(held)}"):
            self._turn(shipment, held, ReservationStatus.RELEASED, done)

    def _back_in_stock(self, held: Reservation) -> list[PutBack]:
        """Return what puts the pieces of a parcel that came back into stock, whether they are booked out yet or not.

        Those of a released reservation cannot be booked out any more, so that it does not matter when that arrives.
        """
        if held.status == ReservationStatus.CONSUMED:
            return [OrderActivities.restock]
        if restocks_whatever_it_is(self._state.edition):
            return [OrderActivities.release_stock, OrderActivities.restock]
        return [OrderActivities.release_stock]

    async def _put_back(self, how: Sequence[PutBack], reservation_id: str, name: str) -> bool:
        """Return whether the pieces are back, and not skipped."""
        step = ReservationRef(reservation_id=reservation_id)

        async def put_back() -> None:
            for activity in how:
                await workflow.execute_activity_method(activity, step, **ROUND)

        outcome = await tried_unless_decided(
            self._state.stuck, self._ref(StepKind.RELEASE, reservation_id, name), put_back
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
