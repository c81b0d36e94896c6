"""The receipt of one action: the line above the footer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """The answer to one action of the operator.

    ``ok`` is true when it was accepted, false when it was refused and nothing changed, and None when no answer came:
    then it may still have taken effect.
    """

    ok: bool | None
    action: str
    target: str
    text: str
    seconds: float
