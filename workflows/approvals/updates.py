"""Payloads of the updates: what people do to a request."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

from workflows.shared.fields import (
    BLANK_IS_NONE,
    Currency,
    Generated,
    Identifier,
    Integer,
    LongText,
    MinorUnits,
    ShortText,
    UtcDatetime,
)
from workflows.shared.inputs import Input

MAX_REASON = 4000
MAX_URL = 2000

Reason = Annotated[str, Field(max_length=MAX_REASON)]
"""Why; an empty one is refused with ``ReasonRequired`` where one is needed."""
OptionalReason = Annotated[LongText | None, BLANK_IS_NONE]
Version = Annotated[Integer | None, Field(description="the version that was read", ge=1)]
ContentHash = Annotated[
    Annotated[str, StringConstraints(max_length=64)] | None,
    BLANK_IS_NONE,
    Field(description="content_hash of the state that was read"),
    Generated(),
]
Channel = Annotated[ShortText | None, BLANK_IS_NONE, Field(description="where the decision was made")]
Source = Annotated[
    ShortText | None, BLANK_IS_NONE, Field(description="message that it was written as, elsewhere"), Generated()
]
Position = Annotated[
    Integer | None, Field(description="index of the level: several may have one name", ge=0), Generated()
]
LevelName = Annotated[ShortText | None, BLANK_IS_NONE, Field(title="Level", description="where several are open")]


def _https(url: str) -> str:
    try:
        parts = urlsplit(url)
        right = parts.scheme.lower() == "https" and bool(parts.hostname) and not (parts.username or parts.password)
    except ValueError:
        right = False
    if not right or not re.fullmatch(r"[!-~]+", url):
        raise ValueError("it is not an https link without a user name; use one like https://files.example.com/a.pdf")
    return url


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ValueError("it is not a SHA-256: 64 hexadecimal digits, as `sha256sum FILE` prints them")
    return text.lower()


class Approve(Input):
    """Update ``approve``."""

    approver: Identifier
    comment: Annotated[LongText | None, BLANK_IS_NONE] = None
    on_behalf_of: Annotated[Identifier | None, BLANK_IS_NONE] = None
    version: Version = None
    content_hash: ContentHash = None
    level: LevelName = None
    position: Position = None
    channel: Channel = None


class Reject(Input):
    """Update ``reject``. An empty reason is refused with ``ReasonRequired``."""

    approver: Identifier
    reason: Reason
    on_behalf_of: Annotated[Identifier | None, BLANK_IS_NONE] = None
    version: Version = None
    content_hash: ContentHash = None
    level: LevelName = None
    position: Position = None
    channel: Channel = None


class Retract(Input):
    """Update ``retract``: takes one's own vote back, as long as nothing has followed from it."""

    approver: Identifier
    reason: OptionalReason = None


class RequestChanges(Input):
    """Update ``request_changes``: sends the request back to its requester. A reason is needed."""

    approver: Identifier
    reason: Reason
    version: Version = None
    channel: Channel = None


class Resubmit(Input):
    """Update ``resubmit``: the requester sends in a new version; what is not given stays as it was."""

    requester: Identifier
    details: dict[str, JsonValue] | None = None
    amount: MinorUnits | None = None
    currency: Annotated[Currency | None, BLANK_IS_NONE] = Field(
        default=None, description="the request's own, if it is given; no version changes it"
    )
    note: LongText


class Withdraw(Input):
    """Update ``withdraw``. An empty reason is refused with ``ReasonRequired``."""

    requester: Identifier
    reason: Reason


class AddComment(Input):
    """Update ``comment``."""

    author: Identifier
    text: LongText = Field(title="Comment")
    source: Source = None


class Ask(Input):
    """Update ``ask``: an approver's question to somebody else, who answers with a comment."""

    approver: Identifier
    of: Identifier = Field(title="Of whom")
    question: LongText


class Attach(Input):
    """Update ``attach``: a link to a file."""

    author: Identifier
    name: ShortText
    url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_URL), AfterValidator(_https)] = Field(
        title="Link", examples=["https://files.example.com/offer.pdf"]
    )
    sha256: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_sha256)] = Field(
        title="SHA-256", description="of the file, as `sha256sum` prints it"
    )


class Delegate(Input):
    """Update ``delegate``: somebody else may vote on one's seats."""

    approver: Identifier
    to: Identifier
    until: UtcDatetime | None = Field(default=None, description="when it ends by itself")
    reason: OptionalReason = None


class Reassign(Input):
    """Update ``reassign``: gives a seat of a level to another person. A reason is needed."""

    level: ShortText
    remove: Identifier
    add: Identifier
    by: Identifier
    reason: Reason


class Snooze(Input):
    """Update ``snooze``: one is not waited for until then, and may still vote."""

    approver: Identifier
    until: UtcDatetime


class ExtendDeadline(Input):
    """Update ``extend_deadline``: gives an open level, or without one the request, more time. A reason is needed."""

    level: Annotated[
        ShortText | None, BLANK_IS_NONE, Field(description="without one it is the end of the request itself")
    ] = None
    due_at: UtcDatetime = Field(title="Due at")
    by: Identifier
    reason: Reason


class RetryApply(Input):
    """Update ``retry_apply``: what follows from the approval is tried again, after it has failed."""

    by: Identifier
    reason: OptionalReason = None


class SettleApply(Input):
    """Update ``settle_apply``: what has failed was done by hand, or need not be done. A reason is needed."""

    by: Identifier
    reason: Reason


Update = (
    Approve
    | Reject
    | Retract
    | RequestChanges
    | Resubmit
    | Withdraw
    | AddComment
    | Ask
    | Attach
    | Delegate
    | Reassign
    | Snooze
    | ExtendDeadline
    | RetryApply
    | SettleApply
)


class NoteRefusal(Input):
    """Signal ``note_refusal``: a client's update was refused. It decides nothing, and is kept in the trail."""

    update: ShortText
    by: Identifier
    type: ShortText
    reason: LongText
    channel: Channel = None
