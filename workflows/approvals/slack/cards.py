"""Which cards a request has in Slack, and what each says. Pure: every message can be made again from the request."""

import json
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from workflows.approvals.chain.step import Step
from workflows.approvals.content import in_words
from workflows.approvals.models import ApprovalStatus, LevelStatus, Vote
from workflows.approvals.review.review import Review
from workflows.approvals.slack.models import CardDecision, LevelCard, Notice, WantedMessages
from workflows.approvals.wording import about
from workflows.shared.inputs import printable

MAX_DETAILS = 12
"""Lines of details and attachments; the console shows all."""
MAX_DETAIL = 300
MAX_DECISIONS = 50
MAX_REASON = 500

PAST_TENSE = {"approve": "approved", "reject": "rejected"}


def wanted_messages(review: Review, notices: Sequence[Notice], now: datetime, *, sequence: int) -> WantedMessages:
    """Return all that Slack is to show of a request; ``sequence`` is that of its record."""
    return WantedMessages(
        request_id=review.request.request_id,
        sequence=sequence,
        at=now,
        version=review.version,
        title=review.request.title,
        cards=level_cards(review, now),
        comments=list(review.comments),
        notices=list(notices),
    )


def level_cards(review: Review, now: datetime) -> list[LevelCard]:
    """Return the cards of the current version: one for each level that was opened."""
    return [
        _card(review, index, step, now) for index, step in enumerate(review.chain.steps) if step.opened_at is not None
    ]


def decided_words(card: LevelCard) -> str:
    """Return who decided what on a level so far: ``Level manager is approved: ben approved``; empty if nobody has."""
    votes = ", ".join(
        f"{each.person} {each.decision}{f' for {each.on_behalf_of}' if each.on_behalf_of else ''}"
        f" on {each.at:%Y-%m-%d %H:%M} UTC"
        for each in card.decisions
    )
    return ": ".join(filter(None, (card.outcome, votes)))


def _card(review: Review, index: int, step: Step, now: datetime) -> LevelCard:
    request = review.request
    before = review.versions[-1].differences if review.versions and review.version > 1 else []
    return LevelCard(
        request_id=request.request_id,
        version=review.version,
        level=index,
        name=step.level.name,
        content_hash=review.content_hash,
        ballot=sum(entry.action == "retract" for entry in review.trail),
        title=request.title,
        asked=about(request),
        details=_details(review),
        changes=[in_words([difference]) for difference in before],
        deciders=review.chain.pending(step, now) if step.is_open else [],
        due_at=step.due_at if step.is_open else None,
        decisions=[_decision(vote) for vote in step.votes[-MAX_DECISIONS:]],
        outcome=_outcome(review, step),
        console_only=step.level.console_only,
    )


def _details(review: Review) -> list[tuple[str, str]]:
    details = [(name, _text(value)) for name, value in review.request.details.items()]
    details += [("attachment", f"{each.name}, {each.url}") for each in review.attachments]
    shown = [(printable(name, MAX_DETAIL), printable(text, MAX_DETAIL)) for name, text in details[:MAX_DETAILS]]
    rest = len(details) - len(shown)
    return [*shown, ("more", f"{rest} more in the console")] if rest else shown


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _decision(vote: Vote) -> CardDecision:
    return CardDecision(
        person=vote.approver,
        decision=PAST_TENSE[vote.decision],
        at=vote.at,
        on_behalf_of=vote.on_behalf_of or "",
        reason=printable(vote.comment or "", MAX_REASON),
    )


def _outcome(review: Review, step: Step) -> str:
    """Return how a level ended, and the request with it; empty while the level is open."""
    match step.status:
        case LevelStatus.OPEN:
            return ""
        case LevelStatus.APPROVED:
            approved = review.chain.status == ApprovalStatus.APPROVED
            return f"Level {step.level.name} is approved{': the request is approved' if approved else ''}"
        case LevelStatus.REJECTED:
            return f"Rejected on level {step.level.name}"
        case LevelStatus.EXPIRED:
            return _because("Expired", review.reason)
        case LevelStatus.SKIPPED:
            return f"Level {step.level.name} is skipped: its approvers vote on another level"
        case _:
            return _closed(review)


def _closed(review: Review) -> str:
    """Return why a level closed without a decision of its own."""
    match review.chain.status:
        case ApprovalStatus.REJECTED:
            return _because("The request was rejected on another level", review.reason)
        case ApprovalStatus.WITHDRAWN:
            return _because(f"Withdrawn by {review.request.requester}", review.reason)
        case ApprovalStatus.EXPIRED:
            return _because("Expired", review.reason)
        case ApprovalStatus.CHANGES_REQUESTED if review.versions:
            last = review.versions[-1]
            return _because(f"Sent back for changes by {last.returned_by}", last.reason)
        case _:
            return "Closed"


def _because(what: str, reason: str | None) -> str:
    return printable(f"{what}: {reason}" if reason else what, MAX_REASON)
