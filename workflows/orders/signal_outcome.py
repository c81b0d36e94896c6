"""What an order has done with a signal, as its sender learns it."""

from dataclasses import dataclass

from workflows.orders.views.models import OrderView
from workflows.shared.snapshot import Snapshot


@dataclass(frozen=True)
class SignalOutcome:
    """The order right after a signal, and why it refused the signal if it did, or what that did."""

    snapshot: Snapshot[OrderView]
    refusal: str | None
    effect: str = ""
    """Empty where the signal says it all."""


def outcome_of(snapshot: Snapshot[OrderView], signal_id: str) -> SignalOutcome | None:
    """Return what the order did with a signal: by its receipt, or as the workers refused it; None before that."""
    for receipt in snapshot.view.receipts:
        if receipt.signal_id == signal_id:
            return SignalOutcome(snapshot, receipt.refused, receipt.effect)
    for refusal in snapshot.view.refusals:
        if refusal.signal_id == signal_id:
            return SignalOutcome(snapshot, refusal.reason)
    return None
