"""What digests need from outside: a store of held messages, which all campaigns share."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workflows.campaigns.digests.parts import Digest, HeldPart
from workflows.campaigns.digests.steps import CampaignHold, SettledUser, SettleHeld
from workflows.campaigns.models import CampaignRequest


@dataclass(frozen=True)
class MessageToHold:
    """A message that a cap refused."""

    send_id: str
    user_id: str
    kind: str
    request: CampaignRequest
    html_key: str | None
    tried_at: datetime
    """When the attempt began: one that comes late holds nothing that was withdrawn meanwhile."""


@dataclass(frozen=True)
class Held:
    """What became of a held message."""

    digest_id: str | None
    """The digest that has it, for good: its own ID if it went out alone."""
    sent: bool
    """Whether that has gone out."""
    failed: str | None
    """Why it will not go out, or not again."""
    number: int
    """How many digests of the kind there were."""
    parts: Sequence[HeldPart]
    """Those of its digest; before it is in one those that may be in the next one, in their order."""


class DigestChangedError(Exception):
    """Other messages are in the digest, or may be put in it, by now. It did not go out, and nothing was written."""


class HeldMessages(Protocol):
    """Messages that wait for a digest. Each is in one digest at most."""

    async def known(self, send_ids: Sequence[str]) -> Collection[str]:
        """Return those of the messages that are held, or were and are in a digest."""

    async def hold(self, message: MessageToHold) -> bool:
        """Hold a message, once by its ID; return False if it has gone out, or was withdrawn after it was tried."""

    async def look(self, send_id: str) -> Held | None:
        """Return what became of a message; None if it is not held."""

    async def withdraw(self, send_id: str) -> Held | None:
        """Hold a message no longer. If a digest has it already, return that."""

    async def retire(self, digest: Digest) -> bool:
        """Let no message be put in this digest. Return whether it has not gone out and will not."""

    async def hold_back(self, hold: CampaignHold) -> None:
        """Let the messages of a campaign be put in digests, or not. Of several calls the one made last counts."""

    async def settle(self, step: SettleHeld) -> list[SettledUser]:
        """Withdraw a campaign's messages to these users; return those users whose messages a digest has already."""
