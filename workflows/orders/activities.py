"""The steps with side effects. Each is idempotent: it happens once for its key."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from workflows.orders.activity_models import (
    CaptureAnswer,
    CreateParcel,
    FindPayments,
    FoundPayments,
    ManualRefund,
    NoteAddress,
    NoteRefund,
    Opening,
    OpenOrder,
    OrderPast,
    OrderRef,
    ParcelAnswer,
    ParcelRef,
    RecordCapture,
    RefundAnswer,
    ReleaseLines,
    ReservationRef,
    ReserveStock,
    SendEmails,
    SentEmails,
    StockAnswer,
    StockRefusal,
    StopAnswer,
    StopShipment,
    UpdateParcel,
)
from workflows.orders.customer.delivery_days import DaysOff
from workflows.orders.customer.enclosing import EnclosedMail
from workflows.orders.goods.shipments import reservation_id, without
from workflows.orders.late_refunds.activities import LateRefundActivities
from workflows.orders.models import OrderRequest
from workflows.orders.payment_intake.activities import PaymentIntakeActivities
from workflows.orders.policy import MIN_STEP_IN_DAYS
from workflows.orders.ports import (
    CaptureConflictError,
    CaptureRefusedError,
    OrderPorts,
    OutOfStockError,
    Refund,
    ReservationEndedError,
    UndoneError,
    UnknownSkuError,
)
from workflows.orders.starts import may_be_corrected, rejected_before, start_record, why_not_this_request
from workflows.orders.steps.undone import UNDONE
from workflows.runtime.server_clock import SERVER_CLOCK
from workflows.shared.items import ItemRecord, ItemToSave

FIRST_TRY_TIMEOUT = timedelta(seconds=5)
"""Timeout of the first attempt of a step that is part of another activity."""


class OrderActivities:
    """Calls the ports. What the business refuses is an answer; anything else is raised, and Temporal retries."""

    def __init__(self, ports: OrderPorts, *, registered: bool) -> None:
        """Use these ports; ``registered`` is whether the namespace knows the search attributes."""
        self._ports = ports
        self._registered = registered
        self._enclosed = EnclosedMail(ports.mailer)

    def all(self) -> list[Callable[..., Any]]:
        """Return every activity, for the worker."""
        return [
            self.open_order,
            self.read_past,
            self.read_days_off,
            self.reserve_stock,
            self.reserve_available,
            self.await_stock,
            self.release_stock,
            self.release_lines,
            self.consume_stock,
            self.restock,
            self.record_capture,
            self.find_payments,
            self.note_refund,
            self.note_address,
            self.send_refund,
            self.record_manual_refund,
            self.stop_shipment,
            self.create_parcel,
            self.update_parcel,
            self.recall_parcel,
            self.send_emails,
            self.save_order_record,
            *PaymentIntakeActivities(
                self._ports.items, timedelta(seconds=self._ports.policy.payment_waits_seconds)
            ).all(),
            *LateRefundActivities(self._ports.items, self._ports.late_refunds).all(),
        ]

    @activity.defn
    async def open_order(self, step: OpenOrder) -> Opening:
        """Return the shop's rules for a new order, and the result of a first attempt to reserve its stock.

        An order that takes all or nothing reserves later, when it knows the rules. After a failed first attempt the
        order retries under the same key, and tells an operator if that fails, too. If all is reserved, the customer is
        asked to pay. For an order that has ended before, return how, and reserve nothing; nor for one that may not
        start.
        """
        policy, request = self._ports.policy, step.request
        begun = await self._begin(step)
        opening = Opening(
            policy=policy,
            search_attributes=self._registered,
            stock=None,
            why_not=why_not_this_request(begun, request, chain=step.chain),
            rejected_before=rejected_before(begun),
            record=begun if begun.finished else None,
        )
        if begun.finished or opening.why_not is not None:
            return opening
        opening.books = await self._ports.books.of_order(request.order_id)
        if step.lines and (request.when_short or policy.when_short) != "reject":
            first = reservation_id(request.order_id, 1 + opening.rejected_before)
            opening.stock = await self._first_try(ReserveStock(reservation_id=first, lines=step.lines))
        opening.days_off = await self._days_off(request)
        if _may_ask_to_pay(step, opening) and (step.email_until is None or SERVER_CLOCK.now() <= step.email_until):
            opening.email_sent = await self._enclosed.send(step.email)
        return opening

    @activity.defn
    async def read_days_off(self, request: OrderRequest) -> DaysOff | None:
        """Return the days off of the country that an order goes to now, if it takes days and they are known."""
        return await self._days_off(request)

    async def _begin(self, step: OpenOrder) -> ItemRecord:
        """Return the record that stands under the order's ID: its own, or one of an earlier start."""
        items, request = self._ports.items, step.request
        known = await items.begin(step.item_id, start_record(request, chain=step.chain, rejected=0))
        if not may_be_corrected(known, request, chain=step.chain):
            return known
        corrected = start_record(request, chain=step.chain, rejected=1 + rejected_before(known))
        return await items.begin(step.item_id, corrected, instead_of=known)

    @activity.defn
    async def read_past(self, order: OrderRef) -> OrderPast:
        """Return what earlier runs of an order did."""
        record = await self._ports.items.find(order.item_id)
        if record is not None and record.finished:
            return OrderPast(record=record)
        return OrderPast(books=await self._ports.books.of_order(order.order_id))

    async def _days_off(self, request: OrderRequest) -> DaysOff | None:
        own = request.fulfilment_seconds_per_step
        per_step = timedelta(seconds=self._ports.policy.seconds_per_step if own is None else own)
        if per_step < MIN_STEP_IN_DAYS:
            return None
        from workflows.orders.customer.calendars import days_off

        country = request.shipping_address.country
        try:
            return await asyncio.to_thread(days_off, country, SERVER_CLOCK.now().year)
        except Exception:  # noqa: BLE001 - the order goes on, and estimates with weekends
            activity.logger.warning("the holidays of %s cannot be read", country, exc_info=True)
            return None

    async def _first_try(self, step: ReserveStock) -> StockAnswer | None:
        try:
            async with asyncio.timeout(FIRST_TRY_TIMEOUT.total_seconds()):
                return await self.reserve_available(step)
        except Exception:  # noqa: BLE001 - the order needs its rules in any case, and retries
            activity.logger.warning("the first attempt to reserve stock failed", exc_info=True)
            return None

    @activity.defn
    async def reserve_stock(self, step: ReserveStock) -> StockAnswer:
        """Reserve all lines, or none, and return which line is not available."""
        try:
            await self._ports.inventory.reserve(step.reservation_id, step.lines)
        except OutOfStockError as refusal:
            return StockAnswer(refusal=str(refusal), cause=StockRefusal.SHORT)
        except (UnknownSkuError, ReservationEndedError) as refusal:
            return _refused(refusal)
        return StockAnswer(held=step.lines)

    @activity.defn
    async def reserve_available(self, step: ReserveStock) -> StockAnswer:
        """Reserve what is available of each line, and return what that is; an unknown SKU refuses all."""
        try:
            held = await self._ports.inventory.reserve_available(step.reservation_id, step.lines)
        except (UnknownSkuError, ReservationEndedError) as refusal:
            return _refused(refusal)
        return StockAnswer(held=held)

    @activity.defn
    async def await_stock(self, step: ReserveStock) -> None:
        """Reserve all lines; this fails while they are not available, and Temporal retries it later."""
        await self._ports.inventory.reserve(step.reservation_id, step.lines)

    @activity.defn
    async def release_stock(self, step: ReservationRef) -> None:
        """Release a reservation."""
        await self._ports.inventory.release(step.reservation_id)

    @activity.defn
    async def release_lines(self, step: ReleaseLines) -> None:
        """Release some pieces of a reservation."""
        await self._ports.inventory.release_lines(step.release_key, step.reservation_id, step.lines)

    @activity.defn
    async def consume_stock(self, step: ReservationRef) -> None:
        """Book reserved pieces out: they have left the warehouse."""
        with _undone_is_final():
            await self._ports.inventory.consume(step.reservation_id)

    @activity.defn
    async def restock(self, step: ReservationRef) -> None:
        """Put the pieces of a returned parcel back into stock.

        Their booking may not have arrived yet; the reservation is released first, so that it finds nothing then.
        """
        await self._ports.inventory.release(step.reservation_id)
        await self._ports.inventory.restock(step.reservation_id)

    @activity.defn
    async def record_capture(self, step: RecordCapture) -> CaptureAnswer:
        """Record a capture in the ledger, or return why it is another order's, or was never captured."""
        try:
            reference = await self._ports.payments.record_capture(step.capture)
        except (CaptureConflictError, CaptureRefusedError) as refusal:
            return CaptureAnswer(refusal=str(refusal))
        return CaptureAnswer(reference=reference, email_sent=await self._enclosed.send(step.email))

    @activity.defn
    async def find_payments(self, step: FindPayments) -> FoundPayments:
        """Return the payments that the ledger has for an order, and the order does not know."""
        booked = await self._ports.payments.unrefunded(step.order_id)
        return FoundPayments(payment_ids=[each for each in booked if each not in step.known])

    @activity.defn
    async def send_refund(self, refund: Refund) -> RefundAnswer:
        """Send money back to where it came from."""
        return RefundAnswer(reference=await self._ports.payments.refund(refund))

    @activity.defn
    async def note_refund(self, step: NoteRefund) -> None:
        """Record a refund that is decided, so that another run neither forgets nor repeats it."""
        await self._ports.books.note_refund(step.order_id, step.refund)

    @activity.defn
    async def note_address(self, step: NoteAddress) -> None:
        """Record where an order's parcels go."""
        await self._ports.books.note_address(step.order_id, step.changed)

    @activity.defn
    async def record_manual_refund(self, step: ManualRefund) -> RefundAnswer:
        """Record money that a person sent back; if the provider has sent the refund, that one stands."""
        return RefundAnswer(reference=await self._ports.payments.record_manual_refund(step.refund, step.reference))

    @activity.defn
    async def stop_shipment(self, step: StopShipment) -> StopAnswer:
        """Ask the warehouse to stop working on a shipment."""
        return StopAnswer(refusal=await self._ports.warehouse.stop(parcel_id=step.parcel_id, step=step.step))

    @activity.defn
    async def create_parcel(self, step: CreateParcel) -> ParcelAnswer:
        """Hand a parcel to the carrier, and book its pieces out."""
        with _undone_is_final():
            carrier = await self._ports.carrier.create_parcel(
                parcel_id=step.parcel_id,
                order_id=step.order_id,
                address=step.address,
                payment_ids=step.payment_ids,
                reservations=step.reservations,
            )
        booked_out = [each for each in step.reservations if await self._book_out(each)]
        return ParcelAnswer(carrier=carrier, booked_out=booked_out)

    async def _book_out(self, reservation_id: str) -> bool:
        """Return whether pieces were booked out; if not, the order tries that again in a step of its own."""
        try:
            await self._ports.inventory.consume(reservation_id)
        except Exception as error:  # noqa: BLE001 - the parcel is on its way, whatever the inventory says
            activity.logger.warning("booking out %s failed: %s", reservation_id, error)
            return False
        return True

    @activity.defn
    async def update_parcel(self, step: UpdateParcel) -> None:
        """Record a parcel's status with the carrier."""
        await self._ports.carrier.update_parcel(parcel_id=step.parcel_id, status=step.status)

    @activity.defn
    async def recall_parcel(self, step: ParcelRef) -> None:
        """Recall a parcel whose hand-over was never confirmed."""
        await self._ports.carrier.recall_parcel(parcel_id=step.parcel_id)

    @activity.defn
    async def send_emails(self, step: SendEmails) -> SentEmails:
        """Send e-mails to a customer, one after the other; those that went out before are not sent again.

        If there is a record, save it first; if another one stands, return that, and send nothing. What the carrier
        does not take is left to a step of its own, and the record, too.
        """
        recorded = all([await self._moved(parcel) for parcel in step.parcels])
        other = await self.save_order_record(step.record) if step.record and recorded else None
        if other is None:
            for email in step.emails:
                await self._ports.mailer.send(**email.model_dump())
        return SentEmails(other=other, unrecorded=not recorded)

    async def _moved(self, step: UpdateParcel) -> bool:
        """Return whether the carrier has recorded a parcel's status."""
        try:
            async with asyncio.timeout(FIRST_TRY_TIMEOUT.total_seconds()):
                await self.update_parcel(step)
        except Exception as error:  # noqa: BLE001 - the order tries again, and an operator sees it
            activity.logger.warning("recording that %s is %s failed: %s", step.parcel_id, step.status, error)
            return False
        return True

    @activity.defn
    async def save_order_record(self, item: ItemToSave) -> ItemRecord | None:
        """Save how an order has ended; return the record of another end if that stands."""
        stands = await self._ports.items.save(item.item_id, item.record)
        # Not whether they are equal: a replay may tell the moments of a timeline a little differently.
        same = (stands.chain, stands.status) == (item.record.chain, item.record.status)
        return None if same else stands


def _refused(refusal: UnknownSkuError | ReservationEndedError) -> StockAnswer:
    cause = StockRefusal.UNKNOWN_SKU if isinstance(refusal, UnknownSkuError) else StockRefusal.ID_USED
    return StockAnswer(refusal=str(refusal), cause=cause)


def _may_ask_to_pay(step: OpenOrder, opening: Opening) -> bool:
    """Return whether nothing was paid for a new order yet, and all of it is in stock."""
    missing = without(step.lines, opening.stock.held) if opening.stock else step.lines
    return not missing and opening.books is not None and not opening.books.payments


@contextmanager
def _undone_is_final() -> Iterator[None]:
    """Do not retry a step that the store refuses since what it needs was undone."""
    try:
        yield
    except UndoneError as error:
        raise ApplicationError(str(error), error.attention, type=UNDONE, non_retryable=True) from error
