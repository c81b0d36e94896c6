"""Sends an order's shipments, and applies what is reported about them."""

import asyncio
from dataclasses import dataclass

from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.goods.parcel_records import ParcelRecords
from workflows.orders.goods.shipment_cancellation import ShipmentCancellation
from workflows.orders.goods.shipment_process import ShipmentProcess
from workflows.orders.goods.stock import Stock
from workflows.orders.models import OrderStatus, ShipmentReport, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.tasks import wait_until
from workflows.orders.views.availability import reported_shipments, why_not_report


@dataclass
class Fulfilment:
    """Runs the process of every shipment until all parcels have arrived."""

    _state: OrderState
    _stock: Stock
    _records: ParcelRecords
    _cancellation: ShipmentCancellation
    _compensations: Compensations
    _emails: EmailSender

    async def run(self) -> None:
        """Pick, pack, hand over and deliver all shipments."""
        self._state.under_way = True
        if all(shipment.awaits for shipment in self._state.live_shipments):
            self._state.note("waiting for stock")
        else:
            self._state.enter(OrderStatus.FULFILLING)
        processes = [
            ShipmentProcess(self._state, shipment, self._stock, self._compensations, self._emails, self._records)
            for shipment in self._state.live_shipments
        ]
        tasks = [asyncio.create_task(process.run()) for process in processes]
        await wait_until(lambda: all(task.done() for task in tasks))
        for task in tasks:
            task.result()
        if self._state.status == OrderStatus.DELIVERED:
            self._emails.send(Milestone.DELIVERED)

    def report(self, report: ShipmentReport) -> None:
        """Apply a report to the shipments that it can be true of, or refuse it."""
        why_not = why_not_report(self._state, report)
        if why_not is not None:
            self._state.refuse("report_shipment", why_not)
            return
        for shipment in reported_shipments(self._state, report):
            if shipment.parcel is None:
                shipment.reported = report.status
                self._state.note(f"reported {report.status}" + (f": {report.note}" if report.note else ""))
                continue
            self._records.move(shipment, report.status, report.note)
            if shipment.return_offered and shipment.parcel_status == ShipmentStatus.RETURNED:
                self._cancellation.cancel(shipment, f"parcel {shipment.parcel_id} came back, as offered")
