"""What the screens say of an operation before it is done."""

from datetime import datetime

from console.operations.look import Look
from console.operations.operation import CANCEL, PAUSE, RESET, START_AGAIN, TERMINATE, UNPAUSE, Offer

ENDS = frozenset({CANCEL, TERMINATE})
"""Operations for which the business may have a better action."""


def offer_words(offer: Offer, look: Look, now: datetime) -> str:
    """Return what an operation does here, and what is still held."""
    parts = [f"It {offer.effect}."]
    if offer.operation in (PAUSE, UNPAUSE) and (deadline := look.meaning.deadline(look.row, now)):
        parts.append(f"Timers run on: {deadline}." if offer.operation is PAUSE else f"Meanwhile: {deadline}.")
    if offer.operation in ENDS and look.instead:
        parts.append("Better: " + "; or ".join(look.instead) + ".")
    if offer.operation in (*ENDS, RESET, START_AGAIN):
        parts.append("Still held: " + "; ".join(look.held(now)) + ".")
    return "\n".join(parts)
