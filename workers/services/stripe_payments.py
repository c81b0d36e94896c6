"""Payments through Stripe: Stripe moves the money, the store's ledger records it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.exceptions import ApplicationError

from workers.services.stripe_calls import FoundPayment, FoundRefund, StoredFailureError, StripeCalls, stripe_calls
from workers.services.stripe_errors import REFUSED, UNREACHABLE
from workers.services.stripe_units import UnitError, from_stripe, to_stripe
from workers.store.engine import Store
from workers.store.errors import KeyConflictError
from workers.store.ledger import Ledger
from workflows.orders.ports import Capture, CaptureRefusedError, Refund
from workflows.shared.money import format_money

log = logging.getLogger(__name__)

SUCCEEDED = "succeeded"
UNDECIDED = frozenset({"pending", "processing", "requires_capture"})
"""Statuses of a payment that may still succeed, in minutes or days."""


class StripePayments:
    """The port `PaymentProvider`. Besides what `Ledger` raises, Stripe's failures are `ApplicationError`.

    A payment's ID is that of its payment intent (``pi_…``) or its charge (``ch_…``). The ledger references a capture by
    its charge, so that the same money counts once, whichever ID it comes with.
    """

    def __init__(self, ledger: Ledger, stripe: StripeCalls) -> None:
        self._ledger = ledger
        self._stripe = stripe

    async def record_capture(self, capture: Capture) -> str:
        """Book a capture that Stripe has, and return its first reference; a known one is not looked up again.

        Raises:
            CaptureRefusedError: Stripe has no such payment, or it did not succeed, or has another amount.
        """
        known = await self._ledger.capture_reference(capture)
        if known is not None:
            return known
        payment = await self._stripe.find_payment(capture.payment_id)
        if payment is None:
            raise CaptureRefusedError(capture.payment_id, "Stripe knows no such payment")
        _check_captured(capture, payment)
        return await self._ledger.book_capture(capture, payment.charge_id)

    async def unrefunded(self, order_id: str) -> list[str]:
        """Return the payments of an order of which nothing has gone back."""
        return await self._ledger.unrefunded(order_id)

    async def refund(self, refund: Refund) -> str:
        """Send money back once, and return Stripe's ID of the refund.

        The ledger sets the money aside first. Refunds with this key are looked up before one is made, since Stripe
        forgets idempotency keys.
        """
        progress = await self._ledger.begin_refund(refund)
        if progress.reference is not None:
            return progress.reference
        try:
            sent = await self._send(refund, progress.capture_reference, progress.attempt)
        except ApplicationError as error:
            if error.non_retryable:  # nothing was sent
                await self._ledger.give_up_refund(refund.refund_key)
            raise
        return await self._book(refund, sent)

    async def record_manual_refund(self, refund: Refund, reference: str) -> str:
        """Book a refund that a person made, or the one that Stripe made with this key.

        If Stripe cannot be asked, the person is believed: that may be why they did it by hand.
        """
        progress = await self._ledger.begin_refund(refund)
        if progress.reference is not None:
            return progress.reference
        try:
            sent = (await self._stripe.find_refunds(progress.capture_reference, refund.refund_key)).sent
        except ApplicationError as error:
            log.warning(
                "%s was sent by hand, says a person; Stripe cannot be asked: %s", refund.refund_key, error.message
            )
            sent = None
        return await (self._ledger.book_refund(refund, reference) if sent is None else self._book(refund, sent))

    async def _send(self, refund: Refund, charge_id: str, attempt: int) -> FoundRefund:
        """Return the refund at Stripe, and make it if there is none.

        An attempt with a stored failure is over: if the next look-up does not find its refund, there is none.
        """
        amount = _in_stripe_units(refund)
        while True:
            known = await self._stripe.find_refunds(charge_id, refund.refund_key)
            if known.sent is not None:
                return known.sent
            try:
                made = await self._stripe.create_refund(charge_id, refund.refund_key, refund.order_id, amount, attempt)
            except StoredFailureError:
                made = None
            if made is not None and made.refund_id not in known.failed:
                return made
            await self._ledger.next_attempt(refund.refund_key, attempt)
            attempt += 1

    async def _book(self, refund: Refund, sent: FoundRefund) -> str:
        if sent.amount != _in_stripe_units(refund):
            raise KeyConflictError(refund.refund_key, "amount at Stripe", sent.amount, _in_stripe_units(refund))
        reference = await self._ledger.book_refund(refund, sent.refund_id)
        if reference != sent.refund_id:
            log.error("%s was sent back twice: as %s, and by Stripe as %s", refund, reference, sent.refund_id)
        return reference


def _check_captured(capture: Capture, payment: FoundPayment) -> None:
    if payment.status in UNDECIDED:
        text = f"Stripe has not captured {capture.payment_id} yet: it is {payment.status}"
        # It may take days.
        raise ApplicationError(text, type=UNREACHABLE, non_retryable=True)
    if payment.status != SUCCEEDED:
        raise CaptureRefusedError(capture.payment_id, f"it did not succeed at Stripe: it is {payment.status}")
    try:
        same = (payment.captured, payment.currency) == (to_stripe(capture.amount, capture.currency), capture.currency)
    except UnitError as error:
        raise CaptureRefusedError(capture.payment_id, str(error)) from error
    if not same:
        claimed = format_money(capture.amount, capture.currency)
        reason = f"Stripe captured {_money(payment.captured, payment.currency)}, not {claimed}"
        raise CaptureRefusedError(capture.payment_id, reason)
    if payment.refunded:
        reason = f"Stripe has sent {_money(payment.refunded, payment.currency)} of it back already"
        raise CaptureRefusedError(capture.payment_id, reason)


def _in_stripe_units(refund: Refund) -> int:
    try:
        return to_stripe(refund.amount, refund.currency)
    except UnitError as error:
        raise ApplicationError(str(error), type=REFUSED, non_retryable=True) from error


def _money(amount: int, currency: str) -> str:
    minor = from_stripe(amount, currency)
    return f"{amount} of Stripe's units of {currency}" if minor is None else format_money(minor, currency)


@asynccontextmanager
async def open_stripe_payments(store: Store, api_key: str, base_url: str) -> AsyncIterator[StripePayments]:
    """Open the provider, and close its connections after the block."""
    async with stripe_calls(api_key, base_url) as calls:
        yield StripePayments(Ledger(store), calls)
