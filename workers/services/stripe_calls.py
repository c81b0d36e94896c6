"""The calls to Stripe's API that a payment provider needs."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from stripe import AIOHTTPClient, Charge, Refund, StripeClient, StripeError
from temporalio.exceptions import ApplicationError

from workers.services.stripe_errors import NOT_FOUND, REFUSED, clear_stripe_errors, is_stored_failure

STRIPE_SECONDS = 8
"""Timeout of one call: a refund takes three at most, within the 30 s of an activity."""

REFUND_KEY, ORDER_ID = "refund_key", "order_id"
"""Names in the metadata of our refunds."""

METADATA_LENGTH = 500
"""Characters of a value."""

PAGE = 100
NOT_SENT = frozenset({"failed", "canceled"})
INTENT = re.compile(r"pi_\w+", re.ASCII)
CHARGE = re.compile(r"(ch|py)_\w+", re.ASCII)


@dataclass(frozen=True)
class FoundPayment:
    """A payment at Stripe; amounts in Stripe's units."""

    status: str
    """As of a payment intent: ``succeeded`` once the money is captured."""
    charge_id: str = ""
    captured: int = 0
    refunded: int = 0
    currency: str = ""


@dataclass(frozen=True)
class FoundRefund:
    """A refund at Stripe; ``amount`` in Stripe's units."""

    refund_id: str
    amount: int


@dataclass(frozen=True)
class RefundsOfKey:
    """Refunds with one refund key: the one that was sent, and the IDs of failed ones."""

    sent: FoundRefund | None
    failed: frozenset[str]


class StoredFailureError(Exception):
    """Stripe stored a failure under the idempotency key and will repeat it: the call needs another key."""


class StripeCalls:
    """Typed calls without retries. Each raises an `ApplicationError`, retryable or not, if Stripe does not do it."""

    def __init__(self, client: StripeClient) -> None:
        self._client = client

    async def find_payment(self, payment_id: str) -> FoundPayment | None:
        """Return the payment intent or the charge with that ID, or None."""
        async with clear_stripe_errors(f"the look-up of {payment_id}"):
            try:
                if INTENT.fullmatch(payment_id):
                    return await self._intent(payment_id)
                if CHARGE.fullmatch(payment_id):
                    return _of_charge(await self._client.v1.charges.retrieve_async(payment_id))
            except StripeError as error:
                if error.http_status != NOT_FOUND:
                    raise
        return None

    async def find_refunds(self, charge_id: str, refund_key: str) -> RefundsOfKey:
        """Return the charge's refunds with that key."""
        sent, failed = None, set()
        async with clear_stripe_errors(f"the look-up of refunds of {charge_id}"):
            page = await self._client.v1.refunds.list_async({"charge": charge_id, "limit": PAGE})
            async for refund in page.auto_paging_iter():
                if _refund_key(refund) != _in_metadata(refund_key):
                    continue
                if refund.status in NOT_SENT:
                    failed.add(refund.id)
                else:
                    sent = FoundRefund(refund.id, refund.amount)
        return RefundsOfKey(sent, frozenset(failed))

    async def create_refund(
        self, charge_id: str, refund_key: str, order_id: str, amount: int, attempt: int
    ) -> FoundRefund:
        """Send ``amount`` (in Stripe's units) back, once for a key and an attempt.

        Raises:
            StoredFailureError: this attempt failed for good; look whether the refund was made, then try the next.
        """
        async with clear_stripe_errors(f"the refund {refund_key}"):
            try:
                metadata = {REFUND_KEY: _in_metadata(refund_key), ORDER_ID: order_id}
                refund = await self._client.v1.refunds.create_async(
                    {"charge": charge_id, "amount": amount, "metadata": metadata},
                    {"idempotency_key": _idempotency_key(refund_key, attempt)},
                )
            except StripeError as error:
                if is_stored_failure(error):
                    raise StoredFailureError from error
                raise
        if refund.status in NOT_SENT:
            text = f"Stripe made the refund {refund.id}, and it {refund.status}: {refund.failure_reason or 'no reason'}"
            raise ApplicationError(text, type=REFUSED, non_retryable=True)
        return FoundRefund(refund.id, refund.amount)

    async def _intent(self, intent_id: str) -> FoundPayment:
        intent = await self._client.v1.payment_intents.retrieve_async(intent_id, {"expand": ["latest_charge"]})
        if isinstance(intent.latest_charge, Charge):
            return replace(_of_charge(intent.latest_charge), status=intent.status)
        return FoundPayment(intent.status)


def _refund_key(refund: Refund) -> str | None:
    return refund.metadata[REFUND_KEY] if refund.metadata and REFUND_KEY in refund.metadata else None


def _in_metadata(refund_key: str) -> str:
    """Return the key as Stripe keeps it."""
    return refund_key if len(refund_key) <= METADATA_LENGTH else hashlib.sha256(refund_key.encode()).hexdigest()


def _of_charge(charge: Charge) -> FoundPayment:
    status = "requires_capture" if charge.status == "succeeded" and not charge.captured else charge.status
    return FoundPayment(status, charge.id, charge.amount_captured, charge.amount_refunded, charge.currency.upper())


def _idempotency_key(refund_key: str, attempt: int) -> str:
    """Return a key that fits a header (255 ASCII characters), whatever the refund key is."""
    return f"refund-{hashlib.sha256(refund_key.encode()).hexdigest()}-{attempt}"


@asynccontextmanager
async def stripe_calls(api_key: str, base_url: str) -> AsyncIterator[StripeCalls]:
    """Open a client of Stripe's API, and close it after the block."""
    http = AIOHTTPClient(timeout=STRIPE_SECONDS)
    client = StripeClient(
        api_key, base_addresses={"api": base_url.rstrip("/")}, max_network_retries=0, http_client=http
    )
    try:
        yield StripeCalls(client)
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]
