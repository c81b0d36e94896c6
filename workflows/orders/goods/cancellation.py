"""Cancels an order: at once, or after asking the warehouse, if that works on it."""

from dataclasses import dataclass, field
from functools import partial

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import StopAnswer, StopShipment
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.goods.shipment_cancellation import ShipmentCancellation
from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import CancelOrder, OrderStatus, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import ROUND, retry_until_done
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.steps.tasks import Background
from workflows.orders.views.availability import cancellable, warehouse_must_agree, why_not_cancel, why_rest_goes_on

SIGNAL = "cancel_order"


@dataclass
class Cancellation:
    """Decides about requests to cancel. Requests that come while one is pending share its answer."""

    _state: OrderState
    _shipments: ShipmentCancellation
    _emails: EmailSender
    jobs: Background = field(default_factory=Background, init=False)

    def request(self, cancel: CancelOrder) -> None:
        """Cancel, refuse, or ask the warehouse first."""
        state = self._state
        if state.cancelling is not None or state.closing_as == OrderStatus.CANCELLED:
            state.note(f"asked again to cancel, by {cancel.requested_by}: {cancel.reason}")
            return
        working_on_it = [shipment for shipment in cancellable(state) if warehouse_must_agree(shipment)]
        if working_on_it and why_not_cancel(state) is None:
            state.begin_cancelling(cancel)
            self.jobs.start(self._ask_warehouse(cancel, working_on_it))
        else:
            self._decide(cancel)

    def _decide(self, cancel: CancelOrder) -> None:
        stopped = cancellable(self._state) if why_not_cancel(self._state) is None else []
        goes_on = [shipment for shipment in self._state.live_shipments if shipment not in stopped]
        if not goes_on:
            self._state.cancel(cancel)
            return
        why = why_not_cancel(self._state) or why_rest_goes_on(self._state)
        for shipment in stopped:
            self._shipments.cancel(shipment, f"{cancel.reason} ({cancel.requested_by})")
        self._state.refuse(SIGNAL, f"{why}; the rest is cancelled" if stopped else why)
        for shipment in goes_on:
            self._offer_return(shipment, cancel)

    def _offer_return(self, shipment: Shipment, cancel: CancelOrder) -> None:
        if shipment.return_offered or not shipment.unstoppable or self._state.closing_as:
            return
        shipment.return_offered = True
        self._state.note(f"return of parcel {shipment.parcel_id} offered to {cancel.requested_by}")
        self._emails.send(Milestone.RETURN_OFFERED, shipment)

    async def _ask_warehouse(self, cancel: CancelOrder, shipments: list[Shipment]) -> None:
        for shipment in shipments:
            step = StopShipment(parcel_id=shipment.parcel_id, step=shipment.step or "")
            answer = await retry_until_done(
                self._state.stuck,
                StepRef(StepKind.STOP, f"asking the warehouse to stop {step.parcel_id}", key=shipment.key),
                partial(_stop, shipment, step),
                woken=partial(_has_left, shipment),
            )
            shipment.not_stopped = answer.refusal
        self._state.end_cancelling()
        if self._state.closing_as is None:
            self._decide(cancel)


async def _stop(shipment: Shipment, step: StopShipment) -> StopAnswer:
    if _has_left(shipment):
        return StopAnswer(refusal="the parcel has left")
    answer: StopAnswer = await workflow.execute_activity_method(OrderActivities.stop_shipment, step, **ROUND)
    return answer


def _has_left(shipment: Shipment) -> bool:
    return shipment.reported == ShipmentStatus.SHIPPED
