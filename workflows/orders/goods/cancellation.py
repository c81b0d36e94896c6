"""Cancels an order or a part of it: at once, or after asking the warehouse, if that works on it."""

from dataclasses import dataclass
from functools import partial

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import StopAnswer, StopShipment
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipments import Shipment
from workflows.orders.goods.stock import Stock
from workflows.orders.models import CancelOrder, OrderStatus, ShipmentStatus
from workflows.orders.payments.handler import PaymentHandler
from workflows.orders.payments.refund_rules import goes_back
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.retrying import retry_until_done, round_of
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.steps.tasks import Background
from workflows.orders.views.availability import cancellable, warehouse_must_agree, why_not_cancel, why_rest_goes_on
from workflows.orders.views.models import ReservedLine

SIGNAL = "cancel_order"


@dataclass
class ShipmentCancellation:
    """Cancels shipments, or pieces that are not in stock; cancelling the last shipment closes the order."""

    _state: OrderState
    _stock: Stock
    _records: ParcelRecords
    _payments: PaymentHandler
    _jobs: Background

    def cancel(self, shipment: Shipment, why: str) -> int:
        """Cancel a shipment in any state, and return what goes back while the order goes on."""
        shipment.cancelled = True
        shipment.awaits = []
        self._state.refuse_early(shipment, "it is cancelled")
        if not self._state.live_shipments:
            self._state.close_as(OrderStatus.CANCELLED, why)
            return 0
        shipment.undone_separately = True
        self._state.note(f"parcel {shipment.parcel_id} is cancelled: {why}")
        back = self.cancel_lines(shipment.lines, why)
        self._jobs.start(self._undo(shipment))
        if self._state.under_way:
            self._state.follow_parcels()
        return back

    def cancel_lines(self, lines: list[ReservedLine], why: str) -> int:
        """Cancel pieces: the order costs less, and what was paid beyond that goes back. Return how much that is."""
        amount, payments = goes_back(self._state, lines), self._state.payments
        self._state.cancel_lines(lines, why)
        for payment, due in payments.owe(f"cancelled-{payments.next_part('cancelled')}", amount):
            self._payments.booking.pay_back(payment, due)
        self._payments.reconsider()
        return amount

    async def _undo(self, shipment: Shipment) -> None:
        compensations = Compensations()
        compensations.register(partial(self._stock.undo, shipment))
        compensations.register(partial(self._records.recall, shipment))
        await compensations.unwind(self._state.stuck)


@dataclass
class Cancellation:
    """Decides about requests to cancel. Requests that come while one is pending share its answer."""

    _state: OrderState
    _shipments: ShipmentCancellation
    _emails: EmailSender
    _jobs: Background

    def request(self, cancel: CancelOrder) -> None:
        """Cancel, refuse, or ask the warehouse first."""
        state, by = self._state, cancel.requested_by
        if state.cancelling is not None or state.closing_as == OrderStatus.CANCELLED:
            state.note(f"asked again to cancel, by {by}: {cancel.reason}")
            return
        working_on_it = [shipment for shipment in cancellable(state) if warehouse_must_agree(shipment)]
        if working_on_it and why_not_cancel(state) is None:
            state.cancelling = cancel
            state.note(f"{by} asks to cancel ({cancel.reason}); the warehouse is asked to stop")
            self._jobs.start(self._ask_warehouse(cancel, working_on_it))
        else:
            self._decide(cancel)

    def _decide(self, cancel: CancelOrder) -> None:
        state, reason = self._state, f"{cancel.reason} ({cancel.requested_by})"
        stopped = cancellable(state) if why_not_cancel(state) is None else []
        goes_on = [shipment for shipment in state.live_shipments if shipment not in stopped]
        if not goes_on:
            note = f"cancelling, asked by {cancel.requested_by}: {cancel.reason}"
            state.close_as(OrderStatus.CANCELLED, reason, note)
            return
        why = why_not_cancel(state) or why_rest_goes_on(state)
        for shipment in stopped:
            self._shipments.cancel(shipment, reason)
        state.refuse(SIGNAL, f"{why}; the rest is cancelled" if stopped else why)
        for shipment in goes_on:
            self._offer_return(shipment, cancel)

    def _offer_return(self, shipment: Shipment, cancel: CancelOrder) -> None:
        delivered = shipment.parcel_status == ShipmentStatus.DELIVERED
        if not (shipment.return_offered or delivered or self._state.closing_as):
            shipment.return_offered = True
            self._state.note(f"return of parcel {shipment.parcel_id} offered to {cancel.requested_by}")
            self._emails.send(Milestone.RETURN_OFFERED, shipment)

    async def _ask_warehouse(self, cancel: CancelOrder, shipments: list[Shipment]) -> None:
        for shipment in shipments:
            answer = await retry_until_done(
                self._state.stuck,
                StepRef(StepKind.STOP, f"asking the warehouse to stop {shipment.parcel_id}", key=shipment.key),
                partial(_stop, shipment, shipment.step or ""),
                woken=partial(_has_left, shipment),
            )
            shipment.not_stopped = answer.refusal
        self._state.cancelling = None
        self._state.touch()
        if self._state.closing_as is None:
            self._decide(cancel)


async def _stop(shipment: Shipment, step: str) -> StopAnswer:
    if _has_left(shipment):
        return StopAnswer(refusal="the parcel has left")
    return await round_of(OrderActivities.stop_shipment, StopShipment(parcel_id=shipment.parcel_id, step=step))()


def _has_left(shipment: Shipment) -> bool:
    return shipment.reported == ShipmentStatus.SHIPPED
