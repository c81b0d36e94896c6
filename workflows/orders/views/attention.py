"""Why a human must look at an order or a payment."""

from collections.abc import Collection
from enum import StrEnum

from workflows.shared.refused_signals import SIGNAL_REFUSED


class Attention(StrEnum):
    """Codes for ``BizAttention``, the most urgent first: a row shows one at a time."""

    REFUND_FAILED = "refund_failed"
    PARCEL_LOST = "parcel_lost"
    PARCEL_RETURNED = "parcel_returned"
    PAYMENT_REFUNDED = "payment_refunded"
    STOCK_RELEASED = "stock_released"
    STOCK_GONE = "stock_gone"
    PARCEL_RECALLED = "parcel_recalled"
    STOCK_SHORT = "stock_short"
    RECALL_FAILED = "recall_failed"
    RELEASE_FAILED = "release_failed"
    AMOUNT_MISMATCH = "amount_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    SECOND_PAYMENT = "second_payment"
    REFUND_HELD = "refund_held"
    SIGNAL_REFUSED = SIGNAL_REFUSED
    PAYMENT_DELAYED = "payment_delayed"
    ORDER_UNAVAILABLE = "order_unavailable"
    LEDGER_UNAVAILABLE = "ledger_unavailable"
    WAREHOUSE_UNAVAILABLE = "warehouse_unavailable"
    CARRIER_UNAVAILABLE = "carrier_unavailable"
    STOCK_UNAVAILABLE = "stock_unavailable"


def most_urgent(codes: Collection[Attention]) -> Attention | None:
    """Return which of these codes to show."""
    return next((code for code in Attention if code in codes), None)
