"""Sends an order's shipments: picked, packed, handed over, and carried to the customer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from temporalio.exceptions import ActivityError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import CreateParcel, ParcelAnswer
from workflows.orders.carrier_words import Waypoint
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.goods.cancellation import ShipmentCancellation
from workflows.orders.goods.early_reports import FROM_WAREHOUSE, keep_early, take_from_warehouse
from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipments import PARCEL_TROUBLE, WAREHOUSE, Shipment, Step
from workflows.orders.goods.stock import Stock
from workflows.orders.goods.waypoints import note_waypoint
from workflows.orders.models import CarrierReport, OrderStatus, ShipmentReport, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.retrying import retry_until_done, round_of
from workflows.orders.steps.stuck import Outcome, StepKind, StepRef
from workflows.orders.steps.tasks import run_unless, wait_until
from workflows.orders.steps.undone import undone_as
from workflows.orders.views.availability import reported_shipments, why_not_report
from workflows.orders.views.models import Parcel


@dataclass
class Fulfilment:
    """The built-in warehouse and carrier: each step takes its time, unless it is reported done earlier."""

    _state: OrderState
    _stock: Stock
    _records: ParcelRecords
    _cancellation: ShipmentCancellation
    _compensations: Compensations
    _emails: EmailSender

    async def run(self) -> None:
        """Pick, pack, hand over and deliver all shipments."""
        self._state.under_way = True
        shipments = self._state.live_shipments
        if not shipments:
            self._state.enter(OrderStatus.DELIVERED, "nothing to ship")
        elif all(shipment.awaits for shipment in shipments):
            self._state.note("waiting for stock")
        else:
            self._state.enter(OrderStatus.FULFILLING)
        tasks = [asyncio.create_task(self._run_until_given_up(shipment)) for shipment in shipments]
        await wait_until(lambda: all(task.done() for task in tasks) and not self._state.stuck.undone)
        for task in tasks:
            task.result()
        if self._state.status == OrderStatus.DELIVERED and any(each.parcel for each in self._state.shipments):
            self._emails.send(Milestone.DELIVERED)

    def report(self, said: CarrierReport) -> str | None:
        """Apply a report to the shipments that it can be true of, keep it until it can be, or refuse it.

        A station on the way is noted; return how.
        """
        if isinstance(said.status, Waypoint):
            return note_waypoint(self._state, said)
        self._report(ShipmentReport.model_validate(said.model_dump()))
        return None

    def _report(self, report: ShipmentReport) -> None:
        why_not = why_not_report(self._state, report)
        if why_not is not None:
            if not keep_early(self._state, report):
                self._state.refuse("report_shipment", why_not)
            return
        for shipment in reported_shipments(self._state, report):
            if shipment.parcel is None:
                shipment.reported = report.status
                self._state.note(f"reported {report.status}" + (f": {report.note}" if report.note else ""))
                continue
            self._move(shipment, report)

    def _move(self, shipment: Shipment, report: ShipmentReport) -> None:
        self._records.move(shipment, report.status, report.note)
        if shipment.return_offered and shipment.parcel_status == ShipmentStatus.RETURNED:
            self._cancellation.cancel(shipment, f"parcel {shipment.parcel_id} came back, as offered")

    def _apply_early(self, shipment: Shipment) -> None:
        """Apply the reports that came before there was a parcel."""
        reports, shipment.early = shipment.early, []
        for report in reports:
            why_not = why_not_report(self._state, report.model_copy(update={"parcel_id": shipment.parcel_id}))
            if why_not is None:
                self._move(shipment, report)
            elif report.status not in FROM_WAREHOUSE:  # which it has been
                self._state.refuse("report_shipment", why_not)

    async def _run_until_given_up(self, shipment: Shipment) -> None:
        await run_unless(partial(self._state.gives_up, shipment), self._run(shipment))

    async def _run(self, shipment: Shipment) -> None:
        if shipment.awaits:
            await wait_until(lambda: not shipment.awaits)
            shipment.step = Step.PICK
            self._state.follow_parcels()
        take_from_warehouse(shipment)
        for step in WAREHOUSE:
            await self._take_time(shipment, step, partial(_done_early, shipment, step))
            if self._state.gives_up(shipment):  # cancelled in the workflow task in which the step ended
                return
            if not shipment.lines:
                self._end_empty(shipment)
                return
        # A request to cancel is decided before the parcel leaves the warehouse.
        await wait_until(lambda: self._state.cancelling is None)
        if not self._state.gives_up(shipment):
            await self._hand_over(shipment)
        if not self._state.gives_up(shipment):  # such as one that was reported to have come back, as offered
            await self._deliver(shipment)

    async def _take_time(self, shipment: Shipment, step: Step, done: Callable[[], bool]) -> bool:
        """Run a step until it is ``done`` and return True, or for its usual time and return False."""
        per_step = timedelta(seconds=self._state.seconds_per_step or 0)
        shipment.step, shipment.step_due = step, self._state.now + per_step
        self._state.note(f"{step}: {shipment.parcel_id}" if len(self._state.shipments) > 1 else step)
        return await wait_until(done, per_step, step)

    def _end_empty(self, shipment: Shipment) -> None:
        """End without a parcel: everything in it is refunded."""
        self._state.note(f"nothing is left of parcel {shipment.parcel_id}")
        shipment.step = None
        self._state.refuse_early(shipment, "nothing is left of it")
        if all(each.parcel for each in self._state.live_shipments):
            self._state.follow_parcels()

    async def _hand_over(self, shipment: Shipment) -> None:
        shipment.hand_over_begun = True
        shipment.address = self._state.address
        self._compensations.register(partial(self._recall, shipment))
        ref = StepRef(StepKind.HAND_OVER, f"handing over parcel {shipment.parcel_id}", key=shipment.key)
        handed = await retry_until_done(self._state.stuck, ref, partial(self._create_parcel, shipment, ref))
        shipment.parcel = Parcel(
            parcel_id=shipment.parcel_id,
            carrier=handed.carrier,
            status=shipment.found or ShipmentStatus.SHIPPED,
            updated_at=self._state.now,
            lines=shipment.lines,
        )
        shipment.been.add(shipment.parcel.status)
        self._state.note(f"parcel {shipment.parcel_id} handed to {handed.carrier}")
        self._stock.book_out(shipment, handed.booked_out)
        self._apply_early(shipment)

    async def _create_parcel(self, shipment: Shipment, ref: StepRef) -> ParcelAnswer:
        if self._state.stuck.outcome(ref) == Outcome.BY_HAND:
            shipment.handed_over_by_hand = True
            return ParcelAnswer(carrier=self._state.stuck.reference(ref) or "a carrier, by hand")
        shipment.handing_over = True
        try:
            return await round_of(OrderActivities.create_parcel, self._parcel_of(shipment))()
        except ActivityError as error:
            shipment.hand_over_failed = True
            if undone_as(error):
                shipment.reported = None  # it can be cancelled, wherever the parcel is
            raise
        finally:
            # The order may be cancelled between two rounds. An attempt that seemed to fail may have reached the
            # carrier, so the parcel is recalled then.
            shipment.handing_over = False

    def _parcel_of(self, shipment: Shipment) -> CreateParcel:
        request = self._state.request
        return CreateParcel(
            parcel_id=shipment.parcel_id,
            order_id=request.order_id,
            address=shipment.address or self._state.address,
            payment_ids=[payment.payment_id for payment in self._state.payments.paying],
            reservations=[held.reservation_id for held in shipment.held],
        )

    async def _recall(self, shipment: Shipment) -> None:
        if not shipment.undone_separately:
            await self._records.recall(shipment)

    async def _deliver(self, shipment: Shipment) -> None:
        self._emails.send(Milestone.SHIPPED, shipment)
        self._state.follow_parcels()
        while shipment.parcel_status != ShipmentStatus.DELIVERED:
            if shipment.parcel_status in PARCEL_TROUBLE:
                await wait_until(lambda: shipment.parcel_status not in PARCEL_TROUBLE)
            elif not await self._take_time(
                shipment, Step.DELIVER, lambda: shipment.parcel_status != ShipmentStatus.SHIPPED
            ):
                self._records.move(shipment, ShipmentStatus.DELIVERED)


def _done_early(shipment: Shipment, step: Step) -> bool:
    picked = shipment.reported == ShipmentStatus.PICKED and step == Step.PICK
    return picked or shipment.reported == ShipmentStatus.SHIPPED or not shipment.lines
