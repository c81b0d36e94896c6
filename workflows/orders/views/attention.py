"""Why a human must look at an order or a payment."""

from collections.abc import Collection
from enum import StrEnum


class Attention(StrEnum):
    """Codes for ``BizAttention``, the most urgent first: a row shows one at a time."""

    REFUND_FAILED = "refund_failed"
    PARCEL_LOST = "parcel_lost"
    PARCEL_RETURNED = "parcel_returned"
    STOCK_SHORT = "stock_short"
    RECALL_FAILED = "recall_failed"
    RELEASE_FAILED = "release_failed"
    AMOUNT_MISMATCH = "amount_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    SECOND_PAYMENT = "second_payment"
    ORDER_UNAVAILABLE = "order_unavailable"
    LEDGER_UNAVAILABLE = "ledger_unavailable"
    WAREHOUSE_UNAVAILABLE = "warehouse_unavailable"
    CARRIER_UNAVAILABLE = "carrier_unavailable"
    STOCK_UNAVAILABLE = "stock_unavailable"


WRONG_PAYMENT = frozenset({Attention.AMOUNT_MISMATCH, Attention.CURRENCY_MISMATCH, Attention.SECOND_PAYMENT})
"""Settled as soon as the order is paid."""

PARCEL_TROUBLE_CODES = frozenset({Attention.PARCEL_LOST, Attention.PARCEL_RETURNED})

SETTLED_BY_CLOSING = WRONG_PAYMENT | PARCEL_TROUBLE_CODES | {Attention.STOCK_SHORT}
"""These keep an order from going on, so they are settled as soon as it is to end."""


def most_urgent(codes: Collection[Attention]) -> Attention | None:
    """Return which of these codes to show."""
    return next((code for code in Attention if code in codes), None)
