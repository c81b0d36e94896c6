"""What becomes of a campaign's messages that a cap or its send window refuses."""

from collections.abc import Mapping
from typing import Any, Literal

WhenCapped = Literal["drop", "defer", "digest"]

WHEN_CAPPED = (
    "whether messages wait that a cap or the send window refuses; without a window they do not. As a digest, those "
    "that caps refuse go out to a user as one"
)

NO_TRANSACTIONAL_DIGEST = "no cap holds a transactional message, so that there is no digest of any; use drop or defer"


def when_outside(given: Mapping[str, Any]) -> WhenCapped:
    """Nobody means a send window to drop whoever is outside of it at the start."""
    return "defer" if given.get("send_window") else "drop"
