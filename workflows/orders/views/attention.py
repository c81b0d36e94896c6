"""Why a human must look at an order."""

from collections.abc import Collection
from enum import StrEnum


class Attention(StrEnum):
    """Codes for ``BizAttention``, the most urgent first: an order shows one at a time."""

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


OF_GOING_ON = frozenset(
    {
        Attention.PARCEL_LOST,
        Attention.PARCEL_RETURNED,
        Attention.STOCK_SHORT,
        Attention.AMOUNT_MISMATCH,
        Attention.CURRENCY_MISMATCH,
        Attention.SECOND_PAYMENT,
        Attention.WAREHOUSE_UNAVAILABLE,
        Attention.CARRIER_UNAVAILABLE,
        Attention.STOCK_UNAVAILABLE,
    }
)
"""What keeps an order from going on, so that nobody needs to look any more once it is to end."""

OF_WAITING = frozenset({Attention.WAREHOUSE_UNAVAILABLE, Attention.CARRIER_UNAVAILABLE, Attention.STOCK_UNAVAILABLE})
"""What a step calls for that waits for somebody else to answer, and nothing but that step."""

OF_WRONG_PAYMENTS = frozenset({Attention.AMOUNT_MISMATCH, Attention.CURRENCY_MISMATCH, Attention.SECOND_PAYMENT})
"""What nobody needs to look at any more once the order is paid."""


class Attentions:
    """The open reasons to look, each with a key, so that one that is settled does not hide another of its kind."""

    def __init__(self) -> None:
        self._open: set[tuple[Attention, str]] = set()

    def call(self, code: Attention, key: str = "") -> bool:
        """Ask for attention and return whether this is new."""
        new = (code, key) not in self._open
        self._open.add((code, key))
        return new

    def settle(self, code: Attention, key: str = "") -> None:
        """Say that the matter is settled."""
        self._open.discard((code, key))

    def settle_all(self, codes: Collection[Attention]) -> None:
        """Say that all matters of these kinds are settled."""
        self._open = {(code, key) for code, key in self._open if code not in codes}

    @property
    def codes(self) -> set[Attention]:
        """What there is to look at."""
        return {code for code, _ in self._open}

    @property
    def most_urgent(self) -> Attention | None:
        """What to show."""
        return most_urgent(self.codes)


def most_urgent(codes: Collection[Attention]) -> Attention | None:
    """Return which of these to show."""
    return next((code for code in Attention if code in codes), None)
