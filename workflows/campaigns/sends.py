"""The ID of a campaign's message to a user, and what an actor's refusal of it means."""

from typing import Literal

from workflows.campaigns.cap_policy import SEND_WINDOW
from workflows.campaigns.caps import is_no_consent
from workflows.campaigns.models import Decision, SendDecision
from workflows.campaigns.steps import UserResult
from workflows.shared.keys import escaped


def send_id_of(campaign_id: str, user_id: str) -> str:
    """Return the ID of a campaign's message to a user, the same in every retry."""
    return f"{escaped(campaign_id, ':')}:{user_id}"


def is_by_cap(answer: SendDecision) -> bool:
    """Return whether a cap refuses a message until some time."""
    by_time = answer.decision is Decision.DEFERRED or answer.rule == SEND_WINDOW
    return not (by_time or is_no_consent(answer.rule) or answer.next_eligible_at is None)


def refusal_of(user_id: str, answer: SendDecision) -> UserResult:
    """Return what an actor's refusal means for the user."""
    kind: Literal["denied", "deferred"] = "denied" if answer.decision is Decision.DENIED else "deferred"
    return UserResult(user_id=user_id, kind=kind, detail=answer.rule, next_eligible_at=answer.next_eligible_at)


def is_final(result: UserResult) -> bool:
    """Return whether a user's message will not go out."""
    refused = result.kind == "denied" and (is_no_consent(result.detail) or result.next_eligible_at is None)
    return refused or result.kind in ("failed", "expired")
