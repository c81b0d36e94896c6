"""Refused attempts that a request's workflow cannot note: before it began, or after it has ended. The store has them.

They are in a chain of their own beside the trail, since a trail is final once its request is decided.
"""

from pydantic import Field

from workflows.approvals.models import AuditEntry
from workflows.approvals.updates import NoteRefusal
from workflows.shared.fields import Answer, Identifier
from workflows.shared.inputs import Input

START = "start"
"""What was refused, if it was no update."""


class RefusedAttempt(Input):
    """Starts the workflow that brings an attempt to the store, which keeps it once for its ID."""

    attempt_id: Identifier
    request_id: Identifier
    refusal: NoteRefusal


class AttemptLookup(Input):
    """Starts a look-up of the attempts that the store has of a request."""

    request_id: Identifier


class KeptAttempts(Answer):
    """Answer to a look-up: the entries of :attr:`AuditTrail.attempts`."""

    request_id: str
    entries: list[AuditEntry] = Field(default_factory=list)
