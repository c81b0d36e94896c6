"""Errors of the store."""

from dataclasses import dataclass


class StoreError(Exception):
    """The store cannot be used. The text is one line for people, and never shows a password."""


class UnfitStoreError(StoreError):
    """It is somebody else's database, or a newer program's store: do not retry."""


class MissingStoreError(StoreError):
    """There is no store where one was expected."""


@dataclass
class KeyConflictError(Exception):
    """A known key came with other content: the caller used it for two things."""

    key: str
    field: str
    known: object
    given: object

    def __str__(self) -> str:
        return f"{self.key} is known with {self.field} {self.known}, not {self.given}; a new fact needs a new key"


@dataclass
class UnknownKeyError(Exception):
    """A later step came for a key that is not known."""

    noun: str
    key: str

    def __str__(self) -> str:
        return f"the store knows no {self.noun} {self.key}"


@dataclass
class RefundRefusedError(Exception):
    """The ledger has no such capture, or not enough left of it."""

    payment_id: str
    reason: str

    def __str__(self) -> str:
        return f"payment {self.payment_id} cannot be refunded: {self.reason}"
