"""A request as a Slack message: what is asked, who decided what, and buttons while it can be decided here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
)

from workers.services.slack_target import ButtonTarget
from workers.services.slack_text import (
    CONTEXT_LIMIT,
    FALLBACK_LIMIT,
    HEADER_LIMIT,
    SECTION_LIMIT,
    clip,
    one_line,
    plain_text,
)

APPROVE, REJECT, OPEN = "approval.approve", "approval.reject", "approval.open"
"""``action_id`` of the buttons."""
ACTIONS_BLOCK = "approval.decide"
MAX_DECISIONS = 10
"""Decisions that are shown, the latest; all of them are in the console."""
DETAILS_LIMIT = 2000
"""Characters. Slack also limits all blocks together (``msg_blocks_too_long``), in a way that is not documented."""
DECISION_LIMIT = 500


@dataclass(frozen=True)
class Decision:
    """One line under a request: who decided what and when."""

    person: str
    decision: str
    """In the past tense: approved, rejected, asked for changes."""
    at: datetime
    on_behalf_of: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RequestCard:
    """All that a message about a request shows. Texts come from people and are shown as text."""

    target: ButtonTarget
    title: str
    asked: str
    """Who asks for what, such as ``Ana Ribeiro asks for an expense of 480.00 USD``."""
    level: str
    """Name of the level."""
    details: tuple[tuple[str, str], ...] = ()
    changes: tuple[str, ...] = ()
    """What differs from the version before."""
    waiting_for: tuple[str, ...] = ()
    """People who may decide now; empty when nobody may."""
    due_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()
    """In the order in which they were made."""
    outcome: str = ""
    """Set when the level or the request is decided, such as ``Approved``: the buttons go."""
    console_only: bool = False
    """Whether this level is decided in the console alone."""


def card_blocks(card: RequestCard) -> list[Block]:
    """Return the message's blocks."""
    title = one_line(card.title) or card.target.request_id
    blocks: list[Block] = [
        HeaderBlock(text=plain_text(title, HEADER_LIMIT)),
        SectionBlock(text=plain_text(one_line(card.asked) or title, SECTION_LIMIT)),
    ]
    details = [f"{one_line(name)}: {value.strip()}" for name, value in card.details]
    changes = [f"Changed: {one_line(change)}" for change in card.changes]
    texts = ["\n".join(lines).strip() for lines in (details, changes)]
    blocks += [SectionBlock(text=plain_text(text, DETAILS_LIMIT)) for text in texts if text]
    blocks += _outcome(card)
    blocks.append(ContextBlock(elements=[plain_text(" · ".join(_about(card)), CONTEXT_LIMIT), *_due(card)]))
    if not card.outcome:
        blocks.append(ActionsBlock(block_id=ACTIONS_BLOCK, elements=list(_buttons(card))))
    return blocks


def card_text(card: RequestCard) -> str:
    """Return the message's own text: what a phone shows, and a client that shows no blocks."""
    lead = card.outcome or "Please decide"
    return clip(f"{lead}: {one_line(card.title)} ({card.target.request_id})", FALLBACK_LIMIT)


def when(moment: datetime) -> str:
    """Return a moment that each reader sees in their own time zone, with UTC where Slack cannot show it so.

    See https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def _about(card: RequestCard) -> Iterator[str]:
    yield card.target.request_id
    yield f"version {card.target.version}"
    yield f"level {one_line(card.level)}"
    if card.waiting_for and not card.outcome:
        yield "waiting for " + ", ".join(one_line(person) for person in card.waiting_for)
    if card.console_only and not card.outcome:
        yield "this level is decided in the console only"


def _due(card: RequestCard) -> list[MarkdownTextObject]:
    if card.due_at is None or card.outcome:
        return []
    return [MarkdownTextObject(text=f"due {when(card.due_at)}", verbatim=True)]


def _outcome(card: RequestCard) -> Iterator[Block]:
    """Say what was decided, by whom, for whom and when. Only the moments, which are ours, are marked up."""
    if card.outcome:
        yield SectionBlock(text=plain_text(one_line(card.outcome), SECTION_LIMIT))
    shown = card.decisions[-MAX_DECISIONS:]
    if hidden := len(card.decisions) - len(shown):
        yield ContextBlock(elements=[plain_text(f"{hidden} earlier decisions: see the console", CONTEXT_LIMIT)])
    for decision in shown:
        moment = MarkdownTextObject(text=when(decision.at), verbatim=True)
        yield ContextBlock(elements=[plain_text(_sentence(decision), DECISION_LIMIT), moment])


def _sentence(decision: Decision) -> str:
    proxy = f" for {one_line(decision.on_behalf_of)}" if decision.on_behalf_of else ""
    reason = f": {one_line(decision.reason)}" if decision.reason.strip() else ""
    return f"{one_line(decision.person)} {decision.decision}{proxy}{reason}"


def _buttons(card: RequestCard) -> Iterator[ButtonElement]:
    value = card.target.to_value()
    if not card.console_only:
        yield ButtonElement(text="Approve", action_id=APPROVE, value=value, style="primary")
        yield ButtonElement(text="Reject", action_id=REJECT, value=value, style="danger")
    yield ButtonElement(text="Open in console", action_id=OPEN, value=value)
