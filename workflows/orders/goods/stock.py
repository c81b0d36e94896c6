"""The stock that is reserved for an order."""

from collections.abc import Callable, Collection, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import (
    Opening,
    OpenOrder,
    ReleaseLines,
    ReservationRef,
    ReserveStock,
    StockAnswer,
)
from workflows.orders.customer.enclosing import Enclosed
from workflows.orders.goods.shipments import Shipment, count, reservation_id
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import (
    MAX_PAUSE,
    MIN_PAUSE,
    retry_until_done,
    retry_until_final,
    round_of,
    run_step_or_decision,
)
from workflows.orders.steps.stuck import Outcome, StepKind, StepRef
from workflows.orders.steps.tasks import Background
from workflows.orders.steps.undone import undone_as
from workflows.orders.views.models import Reservation, ReservationStatus, ReservedLine
from workflows.orders.views.wording import pieces

OPEN_TIMEOUT = timedelta(seconds=15)
"""Of the first activity, which returns settings, and makes short attempts to reserve stock and to send an e-mail."""

ASKING_HOLDS = timedelta(minutes=1)
"""So much later may the payment window end than the e-mail says that was written before the stock was reserved."""

BOOKED_OUT = "stock booked out"
UNCONFIRMED = "release of what may be reserved"

StockActivity = Callable[[OrderActivities, ReservationRef], Coroutine[Any, Any, None]]


class Stock:
    """Reserves, books out and puts back, the pieces of each shipment under reservation IDs of their own."""

    def __init__(self, state: OrderState, jobs: Background) -> None:
        self._state = state
        self._jobs = jobs
        self._restocked: set[str] = set()
        """Reservations whose pieces came back, booked out or not."""

    async def open(self, shipment: Shipment, asking: Enclosed | None) -> Opening:
        """Ask for the shop's rules, and reserve what is in stock if the inventory answers at once.

        ``asking`` is the e-mail that asks the customer to pay.
        """
        opening = await workflow.execute_activity_method(
            OrderActivities.open_order,
            OpenOrder(
                request=self._state.request,
                item_id=workflow.info().workflow_id,
                chain=workflow.info().first_execution_run_id,
                lines=shipment.lines,
                email=asking.email if asking else None,
                email_until=self._state.now + ASKING_HOLDS,
            ),
            start_to_close_timeout=OPEN_TIMEOUT,
        )
        self._state.rejected_before = opening.rejected_before
        first = self._first_id(shipment) if shipment.lines else ""  # it may be reserved without an answer
        if opening.stock is not None and opening.stock.held:
            self._hold(shipment, first, opening.stock.held)
        if asking and opening.email_sent:
            asking.note_sent()
        return opening

    async def reserve(self, shipment: Shipment, *, all_or_nothing: bool) -> StockAnswer:
        """Reserve what is in stock of each line, and return what that is, or why the inventory refuses all."""
        reservation_id = self._first_id(shipment)
        activity = OrderActivities.reserve_stock if all_or_nothing else OrderActivities.reserve_available
        answer = await retry_until_done(
            self._state.stuck,
            self._ref(StepKind.RESERVE, reservation_id, "reserving stock"),
            round_of(activity, ReserveStock(reservation_id=reservation_id, lines=shipment.lines)),
        )
        if answer.held:
            self._hold(shipment, reservation_id, answer.held)
        return answer

    async def await_stock(self, shipment: Shipment, longest: timedelta) -> bool:
        """Reserve what the shipment awaits as soon as it is in stock; return False if it never was.

        Temporal retries the activity: that is as durable as timers, and adds nothing to the history.
        """
        reservation_id = self._new_id(shipment)
        lines = shipment.awaits
        await self._state.ready()
        try:
            await workflow.execute_activity_method(
                OrderActivities.await_stock,
                ReserveStock(reservation_id=reservation_id, lines=lines),
                schedule_to_close_timeout=longest,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(initial_interval=MIN_PAUSE, maximum_interval=MAX_PAUSE),
                summary=f"{pieces(count(lines))} to come in",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return False
        self._hold(shipment, reservation_id, lines)
        shipment.awaits = []
        return True

    def book_out(self, shipment: Shipment, done: Collection[str]) -> None:
        """Book the pieces out in the background, retrying until it succeeds: they have left the warehouse.

        ``done`` are the reservations that were booked out with the parcel.
        """
        for held in shipment.held:
            if held.reservation_id in done:
                self._set_status(shipment, held, ReservationStatus.CONSUMED, BOOKED_OUT)
            else:
                self._jobs.start(self._book_out(shipment, held))

    async def undo(self, shipment: Shipment) -> None:
        """Put back what is still there: all pieces before they left, all that came back, none that got lost.

        Raises:
            ActivityError: it failed; call it again later.
        """
        came_back = shipment.parcel_status == ShipmentStatus.RETURNED
        if shipment.parcel and not came_back:
            return
        for unconfirmed in self._unconfirmed(shipment):
            await self._put_back(OrderActivities.release_stock, unconfirmed, UNCONFIRMED)
        for held in shipment.reservations:
            if held.status != ReservationStatus.RELEASED and came_back:
                activity, what, done = OrderActivities.restock, "restocking", "back in stock"
                self._restocked.add(held.reservation_id)
            elif held.status == ReservationStatus.HELD:
                # A hand-over that seemed to fail may have booked them out.
                activity = OrderActivities.restock if shipment.hand_over_begun else OrderActivities.release_stock
                what, done = "release of", "stock released"
            else:
                continue
            if await self._put_back(activity, held.reservation_id, f"{what} {_pieces_of(held)}"):
                self._set_status(shipment, held, ReservationStatus.RELEASED, done)

    async def release_unconfirmed(self, shipment: Shipment) -> None:
        """Release reservations whose outcome is unknown, retrying until it succeeds.

        An attempt that timed out may reach the inventory later, when the pieces are in stock.
        """
        for unconfirmed in self._unconfirmed(shipment):
            await retry_until_final(
                self._state.stuck,
                self._ref(StepKind.RELEASE, unconfirmed, UNCONFIRMED),
                round_of(OrderActivities.release_stock, ReservationRef(reservation_id=unconfirmed)),
            )

    async def release_lines(self, key: str, reservation_id: str, lines: list[ReservedLine]) -> None:
        """Release some pieces of a reservation once for that key, retrying until it succeeds."""
        some = pieces(count(lines))
        step = ReleaseLines(release_key=key, reservation_id=reservation_id, lines=lines)
        ref = StepRef(StepKind.RELEASE, f"release of {some}", key=key.removeprefix(f"{self._state.request.order_id}/"))
        outcome = await retry_until_final(self._state.stuck, ref, round_of(OrderActivities.release_lines, step))
        if outcome != Outcome.SKIPPED:
            self._state.note(f"stock released: {some}")

    async def _book_out(self, shipment: Shipment, held: Reservation) -> None:
        outcome = await retry_until_final(
            self._state.stuck,
            self._ref(StepKind.CONSUME, held.reservation_id, f"booking out {_pieces_of(held)}"),
            partial(self._consume, held.reservation_id),
        )
        current = next(each for each in shipment.reservations if each.reservation_id == held.reservation_id)
        if outcome != Outcome.SKIPPED and current.status == ReservationStatus.HELD:  # and not put back meanwhile
            self._set_status(shipment, current, ReservationStatus.CONSUMED, BOOKED_OUT)
        if self._state.status == OrderStatus.NEEDS_ACTION and self._state.closing_as is None:
            self._state.follow_parcels()

    async def _consume(self, reservation_id: str) -> None:
        try:
            await round_of(OrderActivities.consume_stock, ReservationRef(reservation_id=reservation_id))()
        except ActivityError as error:
            if undone_as(error) is None or reservation_id not in self._restocked:
                raise

    def _unconfirmed(self, shipment: Shipment) -> list[str]:
        """Return the reservations that were asked for and not confirmed."""
        known = {held.reservation_id for held in shipment.reservations}
        return [reservation_id for reservation_id in shipment.requested if reservation_id not in known]

    def _first_id(self, shipment: Shipment) -> str:
        """Return the ID of the first reservation that was asked for, or is now."""
        return shipment.requested[0] if shipment.requested else self._new_id(shipment)

    def _new_id(self, shipment: Shipment) -> str:
        number = 1 + self._state.rejected_before + sum(len(each.requested) for each in self._state.shipments)
        shipment.requested.append(reservation_id(self._state.request.order_id, number))
        return shipment.requested[-1]

    async def _put_back(self, activity: StockActivity, reservation_id: str, name: str) -> bool:
        """Return whether the pieces are back, and not skipped."""
        ref = self._ref(StepKind.RELEASE, reservation_id, name)
        step = round_of(activity, ReservationRef(reservation_id=reservation_id))
        return await run_step_or_decision(self._state.stuck, ref, step) != Outcome.SKIPPED

    def _ref(self, kind: StepKind, reservation_id: str, name: str) -> StepRef:
        """Return the step's name: without a key in an order's first reservation."""
        return StepRef(kind, name, key=reservation_id.removeprefix(f"{self._state.request.order_id}/reservation")[1:])

    def _hold(self, shipment: Shipment, reservation_id: str, lines: list[ReservedLine]) -> None:
        held = Reservation(reservation_id=reservation_id, status=ReservationStatus.HELD, lines=lines)
        shipment.hold(held)
        self._state.note(f"stock reserved: {_pieces_of(held)}")

    def _set_status(self, shipment: Shipment, held: Reservation, status: ReservationStatus, words: str) -> None:
        shipment.hold(held.model_copy(update={"status": status}))
        self._state.note(f"{words}: {_pieces_of(held)}")


def _pieces_of(held: Reservation) -> str:
    return pieces(count(held.lines))
