"""Which messages are one digest, in which order, and under which ID. Pure functions."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.campaigns.channels import Channel
from workflows.campaigns.send_window import SendWindow
from workflows.campaigns.template import Template

DIGEST = "digest"
"""Stands for the campaign of a digest of several messages."""


@dataclass(frozen=True)
class HeldPart:
    """A held message, as its campaign has it: merge fields are filled in when it goes out."""

    send_id: str
    campaign_id: str
    name: str
    """Of the campaign."""
    priority: int
    held_at: datetime
    template: Template
    html_key: str | None
    """Of the template's HTML in the store."""


@dataclass(frozen=True)
class Digest:
    """A digest of a user."""

    send_id: str
    user_id: str
    kind: str
    number: int | None
    """How many digests of the kind there were before; None of one that has its messages for good."""
    parts: Sequence[str]
    """IDs of its messages."""


def kind_of(channel: Channel, tags: Sequence[str], window: SendWindow | None) -> str:
    """Return what messages must have in common to be in one digest: all that caps and time decide by."""
    return _hash(channel.value, sorted(set(tags)), window.model_dump(mode="json") if window else None)


def digest_id(user_id: str, kind: str, number: int) -> str:
    """Return the ``send_id`` of a user's next digest, of which there were ``number``: the same for every campaign."""
    return f"{DIGEST}-{_hash(user_id, kind)}-{number}"


def in_order(parts: Sequence[HeldPart]) -> list[HeldPart]:
    """Return messages as a digest has them: by priority, and of equal ones the one first that has waited longest."""
    return sorted(parts, key=lambda part: (-part.priority, part.held_at, part.send_id))


def campaign_of(parts: Sequence[HeldPart]) -> str:
    """Return which campaign a digest is of."""
    return parts[0].campaign_id if len(parts) == 1 else DIGEST


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
