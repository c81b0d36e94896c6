"""What the store keeps of a business item, so that a second run of its workflow takes as done what the first one did.

A second run begins by a reset, by a repeated start, or by a start after Temporal's retention. What the lost run decided
is in no history then.
"""

import hashlib
from typing import Protocol

from pydantic import BaseModel, Field, JsonValue

from workflows.shared.fields import Answer
from workflows.shared.refusals import ALREADY_DONE, INVALID_REQUEST, Refusal


class ItemRecord(Answer):
    """The latest record of one business item."""

    sequence: int = Field(description="grows with each change: an older record never replaces a newer one")
    status: str = Field(description="the item's status, such as APPROVED")
    finished: bool = Field(description="whether that status is final")
    chain: str = Field(description="first run ID of the workflow that wrote it, which a reset keeps")
    request_hash: str = Field(description="of the input that the workflow was started with")
    state: JsonValue = Field(description="the system's own record, from which it continues")


class ItemToSave(Answer):
    """A record, and the workflow ID of its item."""

    item_id: str
    record: ItemRecord


class Items(Protocol):
    """The records of business items, by workflow ID."""

    async def find(self, item_id: str) -> ItemRecord | None:
        """Return the record of an item, or None."""

    async def begin(self, item_id: str, record: ItemRecord, *, instead_of: ItemRecord | None = None) -> ItemRecord:
        """Write a first record, unless another one than ``instead_of`` is known; return the one that stands."""

    async def save(self, item_id: str, record: ItemRecord) -> ItemRecord:
        """Write a record unless a newer one, or another final status, is known; return the one that stands."""


def hash_of(request: BaseModel) -> str:
    """Return the hash of a start's input."""
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


def why_not_again(named: str, record: ItemRecord | None, *, chain: str, request_hash: str) -> Refusal | None:
    """Return why an item of which there is a record may not be started, or None.

    A reset of the workflow that wrote the record goes on. Another start of it goes on if the item is not finished, and
    is the same: the workflow before was terminated. ``named`` is the item for people.
    """
    if record is None or record.chain == chain:
        return None
    if record.finished:
        return Refusal(ALREADY_DONE, f"{named} is {record.status} already; nothing was changed")
    if record.request_hash != request_hash:
        return Refusal(INVALID_REQUEST, f"{named} is known with another request; choose another ID")
    return None


def why_not_this_id(workflow_id: str, right: str) -> Refusal | None:
    """Return why a workflow may not have that ID, or None: under two IDs an item would happen twice."""
    if workflow_id == right:
        return None
    return Refusal(INVALID_REQUEST, f"this input belongs to the workflow ID {right}, not to {shown(workflow_id)}")


def shown(ident: str) -> str:
    """Return an ID for a message: in quotes if blanks in it would not be seen."""
    return ident if ident == " ".join(ident.split()) else f'"{ident}"'
