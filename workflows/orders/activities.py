"""The order's steps in the outside world. Each may be repeated at will: its key makes it happen once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import activity

from workflows.orders.activity_models import (
    CaptureAnswer,
    CreateParcel,
    Opening,
    OpenOrder,
    ParcelAnswer,
    ParcelRef,
    RecordCapture,
    RecordManualRefund,
    RefundAnswer,
    ReleaseLines,
    ReservationRef,
    ReserveStock,
    SendEmail,
    SendEmails,
    SendRefund,
    StockAnswer,
    StopAnswer,
    StopShipment,
    UpdateParcel,
)
from workflows.orders.payment_intake.activities import hand_over_payment, look_at_payment
from workflows.orders.policy import OrderFacts
from workflows.orders.ports import (
    CaptureConflictError,
    CaptureRefusedError,
    OrderPorts,
    OutOfStockError,
    ReservationEndedError,
    UnknownSkuError,
)

FIRST_TRY = timedelta(seconds=5)
"""How long an order that opens waits for the inventory, before it goes on to steps of their own."""


class OrderActivities:
    """Calls the ports. What the business refuses is an answer; anything else is raised, and Temporal tries again."""

    def __init__(self, ports: OrderPorts, *, registered: bool) -> None:
        """Reach outside through ``ports``; ``registered`` is whether the namespace knows the search attributes."""
        self._ports = ports
        self._registered = registered

    def all(self) -> list[Callable[..., Any]]:
        """Return every activity, for the worker."""
        return [
            self.default_seconds_per_step,
            self.order_facts,
            self.open_order,
            self.reserve_stock,
            self.reserve_available,
            self.await_stock,
            self.release_stock,
            self.release_lines,
            self.consume_stock,
            self.restock,
            self.record_capture,
            self.send_refund,
            self.record_manual_refund,
            self.stop_shipment,
            self.create_parcel,
            self.update_parcel,
            self.recall_parcel,
            self.send_email,
            self.send_emails,
            hand_over_payment,
            look_at_payment,
        ]

    @activity.defn
    async def default_seconds_per_step(self) -> int:
        """Return how long the built-in warehouse and carrier take for a step when the order does not say."""
        return self._ports.policy.seconds_per_step

    @activity.defn
    async def order_facts(self) -> OrderFacts:
        """Return the shop's rules for a new order, and whether it may show itself in lists."""
        return OrderFacts(policy=self._ports.policy, search_attributes=self._registered)

    @activity.defn
    async def open_order(self, step: OpenOrder) -> Opening:
        """Return the shop's rules for a new order, and what a first try to set its stock aside came to.

        An order that takes all or nothing asks for that later, knowing the rules. One whose first try got no answer
        tries again under the same key, and tells people if that fails, too.
        """
        policy = self._ports.policy
        takes_some = policy.when_short_of(step.when_short) != "reject"
        stock = await self._first_try(step.stock) if takes_some else None
        return Opening(policy=policy, search_attributes=self._registered, stock=stock)

    async def _first_try(self, step: ReserveStock) -> StockAnswer | None:
        try:
            async with asyncio.timeout(FIRST_TRY.total_seconds()):
                return await self.reserve_available(step)
        except Exception:  # noqa: BLE001 - whatever it is, the order has its rules, and tries again
            activity.logger.warning("no answer to the first try to set stock aside", exc_info=True)
            return None

    @activity.defn
    async def reserve_stock(self, step: ReserveStock) -> StockAnswer:
        """Set all lines aside, or none, and say which line could not be had."""
        try:
            await self._ports.inventory.reserve(step.reservation_id, step.lines)
        except (UnknownSkuError, OutOfStockError, ReservationEndedError) as refusal:
            return StockAnswer(refusal=str(refusal))
        return StockAnswer()

    @activity.defn
    async def reserve_available(self, step: ReserveStock) -> StockAnswer:
        """Set aside what there is of each line, and say what that is; an unknown SKU refuses all."""
        try:
            held = await self._ports.inventory.reserve_available(step.reservation_id, step.lines)
        except (UnknownSkuError, ReservationEndedError) as refusal:
            return StockAnswer(refusal=str(refusal))
        return StockAnswer(held=held)

    @activity.defn
    async def await_stock(self, step: ReserveStock) -> None:
        """Set all lines aside; while they are not there this fails, and Temporal looks again later."""
        await self._ports.inventory.reserve(step.reservation_id, step.lines)

    @activity.defn
    async def release_stock(self, step: ReservationRef) -> None:
        """Put reserved pieces back."""
        await self._ports.inventory.release(step.reservation_id)

    @activity.defn
    async def release_lines(self, step: ReleaseLines) -> None:
        """Put some of the reserved pieces back."""
        await self._ports.inventory.release_lines(step.release_key, step.reservation_id, step.lines)

    @activity.defn
    async def consume_stock(self, step: ReservationRef) -> None:
        """Book reserved pieces out: they have left the warehouse."""
        await self._ports.inventory.consume(step.reservation_id)

    @activity.defn
    async def restock(self, step: ReservationRef) -> None:
        """Put pieces back that had left the warehouse."""
        await self._ports.inventory.restock(step.reservation_id)

    @activity.defn
    async def record_capture(self, step: RecordCapture) -> CaptureAnswer:
        """Write captured money into the ledger, or say that it is another order's, or was never captured."""
        try:
            reference = await self._ports.payments.record_capture(
                payment_id=step.payment_id, order_id=step.order_id, amount=step.amount, currency=step.currency
            )
        except (CaptureConflictError, CaptureRefusedError) as refusal:
            return CaptureAnswer(refusal=str(refusal))
        return CaptureAnswer(reference=reference)

    @activity.defn
    async def send_refund(self, step: SendRefund) -> RefundAnswer:
        """Send money back to where it came from."""
        reference = await self._ports.payments.refund(
            refund_key=step.refund_key,
            payment_id=step.payment_id,
            order_id=step.order_id,
            amount=step.amount,
            currency=step.currency,
        )
        return RefundAnswer(reference=reference)

    @activity.defn
    async def record_manual_refund(self, step: RecordManualRefund) -> RefundAnswer:
        """Write down money that a person sent back; the first of it and a refund that was sent stands."""
        reference = await self._ports.payments.record_manual_refund(
            refund_key=step.refund_key,
            payment_id=step.payment_id,
            order_id=step.order_id,
            amount=step.amount,
            currency=step.currency,
            reference=step.reference,
        )
        return RefundAnswer(reference=reference)

    @activity.defn
    async def stop_shipment(self, step: StopShipment) -> StopAnswer:
        """Ask the warehouse to stop working on a shipment."""
        return StopAnswer(refusal=await self._ports.warehouse.stop(parcel_id=step.parcel_id, step=step.step))

    @activity.defn
    async def create_parcel(self, step: CreateParcel) -> ParcelAnswer:
        """Hand a parcel to the carrier."""
        carrier = await self._ports.carrier.create_parcel(
            parcel_id=step.parcel_id, order_id=step.order_id, address=step.address
        )
        return ParcelAnswer(carrier=carrier)

    @activity.defn
    async def update_parcel(self, step: UpdateParcel) -> None:
        """Write down where a parcel is."""
        await self._ports.carrier.update_parcel(parcel_id=step.parcel_id, status=step.status)

    @activity.defn
    async def recall_parcel(self, step: ParcelRef) -> None:
        """Call off a parcel whose hand-over was never confirmed."""
        await self._ports.carrier.recall_parcel(parcel_id=step.parcel_id)

    @activity.defn
    async def send_email(self, step: SendEmail) -> None:
        """Send an e-mail to the customer."""
        await self._ports.mailer.send(message_key=step.message_key, to=step.to, subject=step.subject, body=step.body)

    @activity.defn
    async def send_emails(self, step: SendEmails) -> None:
        """Send e-mails to the customer, one after the other; those that went out before are not sent again."""
        for email in step.emails:
            await self.send_email(email)
