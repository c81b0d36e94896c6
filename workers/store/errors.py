"""What can go wrong with the store."""

from dataclasses import dataclass


class StoreError(Exception):
    """The store cannot be used. The text is one line for people, and never shows a password."""


class UnfitStoreError(StoreError):
    """What is there is no store of ours, or a newer program's: trying again changes nothing."""


@dataclass
class KeyConflictError(Exception):
    """A key that is known came again with other content: whoever made the key used it for two things."""

    key: str
    field: str
    known: object
    given: object

    def __str__(self) -> str:
        return f"{self.key} is known with {self.field} {self.known}, not {self.given}; a new fact needs a new key"


@dataclass
class UnknownKeyError(Exception):
    """A later step came for something that was never written down."""

    noun: str
    key: str

    def __str__(self) -> str:
        return f"the store knows no {self.noun} {self.key}"


@dataclass
class RefundRefusedError(Exception):
    """The ledger has nothing, or not enough, that such a refund could give back."""

    payment_id: str
    reason: str

    def __str__(self) -> str:
        return f"payment {self.payment_id} cannot be refunded: {self.reason}"
