"""All shipments of an order on their way, and what is reported about them."""

from collections.abc import Sequence

from workflows.orders.compensation import Compensations
from workflows.orders.correspondence import Correspondence
from workflows.orders.emails import Milestone
from workflows.orders.journey import Journey
from workflows.orders.models import OrderStatus, ShipmentReport, ShipmentStatus
from workflows.orders.parcel_records import ParcelRecords
from workflows.orders.shipments import Shipment
from workflows.orders.state import OrderState
from workflows.orders.stock import Stock


class Fulfilment:
    """Sends every shipment on its way, and follows the parcels until all have arrived."""

    def __init__(
        self, state: OrderState, stock: Stock, compensations: Compensations, correspondence: Correspondence
    ) -> None:
        self._state = state
        self._stock = stock
        self._compensations = compensations
        self._correspondence = correspondence
        self._records = ParcelRecords(state)

    async def fulfil(self) -> None:
        """Pick, pack, hand over and deliver, for as long as it takes."""
        self._state.enter(OrderStatus.FULFILLING)
        for shipment in self._state.shipments:
            journey = Journey(
                self._state, shipment, self._stock, self._compensations, self._correspondence, self._records
            )
            await journey.travel()
        if self._state.status == OrderStatus.DELIVERED:
            self._correspondence.send(Milestone.DELIVERED)

    def report(self, report: ShipmentReport, meant: Sequence[Shipment]) -> None:
        """Believe a report about those shipments that the rules found it to be true of."""
        for shipment in meant:
            if shipment.parcel is not None:
                self._records.move(shipment, report.status, report.note)
                self._take_back(shipment)
                continue
            shipment.reported = report.status
            self._state.note(f"reported {report.status}" + (f": {report.note}" if report.note else ""))

    def _take_back(self, shipment: Shipment) -> None:
        """Give up what came back as it was offered: nobody needs to decide that again."""
        if shipment.return_offered and shipment.parcel_status == ShipmentStatus.RETURNED:
            self._state.close_as(OrderStatus.CANCELLED, f"parcel {shipment.parcel_id} came back, as offered")

    async def finish(self) -> None:
        """Wait until the carrier's records say what the order says."""
        await self._records.finish()
