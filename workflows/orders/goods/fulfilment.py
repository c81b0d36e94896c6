"""All shipments of an order on their way, and what is reported about them."""

import asyncio

from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.edition import Edition
from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipment_cancellation import ShipmentCancellation
from workflows.orders.goods.shipment_process import ShipmentProcess
from workflows.orders.goods.shipments import Shipment
from workflows.orders.goods.stock import Stock
from workflows.orders.models import OrderStatus, ShipmentReport, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.retrying import wait_until
from workflows.orders.views.availability import shipments_meant, why_no_shipment


class Fulfilment:
    """Sends every shipment on its way, and follows the parcels until all have arrived."""

    def __init__(
        self,
        state: OrderState,
        stock: Stock,
        records: ParcelRecords,
        giving_up: ShipmentCancellation,
        compensations: Compensations,
        correspondence: EmailSender,
    ) -> None:
        self._state = state
        self._stock = stock
        self._records = records
        self._giving_up = giving_up
        self._compensations = compensations
        self._correspondence = correspondence

    async def fulfil(self) -> None:
        """Pick, pack, hand over and deliver, for as long as it takes."""
        self._state.under_way = True
        if all(shipment.awaits for shipment in self._state.live_shipments):
            self._state.note("waiting for stock")
        else:
            self._state.enter(OrderStatus.FULFILLING)
        if self._state.edition == Edition.FIRST:
            await self._journey(self._state.shipments[0]).travel()
        else:
            await self._travel_all()
        if self._state.status == OrderStatus.DELIVERED:
            self._correspondence.send(Milestone.DELIVERED)

    async def _travel_all(self) -> None:
        journeys = [asyncio.create_task(self._journey(shipment).travel()) for shipment in self._state.live_shipments]
        await wait_until(lambda: all(journey.done() for journey in journeys))
        for journey in journeys:
            journey.result()

    def _journey(self, shipment: Shipment) -> ShipmentProcess:
        return ShipmentProcess(
            self._state, shipment, self._stock, self._compensations, self._correspondence, self._records
        )

    def report(self, report: ShipmentReport) -> None:
        """Apply a report to the shipments that it can be true of, or refuse it."""
        why_not = why_no_shipment(self._state, report)
        if why_not is not None:
            self._state.refuse("report_shipment", why_not)
            return
        for shipment in shipments_meant(self._state, report):
            if shipment.parcel is not None:
                self._records.move(shipment, report.status, report.note)
                self._take_back(shipment)
                continue
            shipment.reported = report.status
            self._state.note(f"reported {report.status}" + (f": {report.note}" if report.note else ""))

    def _take_back(self, shipment: Shipment) -> None:
        """Give up what came back as it was offered: nobody needs to decide that again."""
        if shipment.return_offered and shipment.parcel_status == ShipmentStatus.RETURNED:
            self._giving_up.give_up(shipment, f"parcel {shipment.parcel_id} came back, as offered")

    async def finish(self) -> None:
        """Wait until the carrier's records say what the order says."""
        await self._records.finish()
