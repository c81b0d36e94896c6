"""A request as a Slack message: what is asked, who decided what, and buttons while it can be decided here."""

from collections.abc import Iterator
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

from workers.services.slack.target import ButtonTarget
from workers.services.slack.text import (
    CONTEXT_LIMIT,
    FALLBACK_LIMIT,
    HEADER_LIMIT,
    SECTION_LIMIT,
    clip,
    one_line,
    plain_text,
)
from workflows.approvals.slack.models import CardDecision, LevelCard

APPROVE, REJECT, OPEN = "approval.approve", "approval.reject", "approval.open"
"""``action_id`` of the buttons."""
ACTIONS_BLOCK = "approval.decide"
MAX_DECISIONS = 10
"""Decisions that are shown, the latest; all of them are in the console."""
DETAILS_LIMIT = 2000
"""Characters. Slack also limits all blocks together (``msg_blocks_too_long``), in a way that is not documented."""
DECISION_LIMIT = 500


def card_blocks(card: LevelCard, *, buttons: bool = True) -> list[Block]:
    """Return the message's blocks; ``buttons`` says whether its reader may decide."""
    title = one_line(card.title) or card.request_id
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
        blocks.append(ActionsBlock(block_id=ACTIONS_BLOCK, elements=list(_buttons(card, decide=buttons))))
    return blocks


def card_text(card: LevelCard) -> str:
    """Return the message's own text: what a phone shows, and a client that shows no blocks."""
    lead = card.outcome or "Please decide"
    return clip(f"{lead}: {one_line(card.title)} ({card.request_id})", FALLBACK_LIMIT)


def when(moment: datetime) -> str:
    """Return a moment that each reader sees in their own time zone, with UTC where Slack cannot show it so.

    See https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def _about(card: LevelCard) -> Iterator[str]:
    yield card.request_id
    yield f"version {card.version}"
    yield f"level {one_line(card.name)}"
    if card.deciders and not card.outcome:
        yield "waiting for " + ", ".join(one_line(person) for person in card.deciders)
    if card.console_only and not card.outcome:
        yield "this level is decided in the console only"


def _due(card: LevelCard) -> list[MarkdownTextObject]:
    if card.due_at is None or card.outcome:
        return []
    return [MarkdownTextObject(text=f"due {when(card.due_at)}", verbatim=True)]


def _outcome(card: LevelCard) -> Iterator[Block]:
    """Say what was decided, by whom, for whom and when. Only the moments, which are ours, are marked up."""
    if card.outcome:
        yield SectionBlock(text=plain_text(one_line(card.outcome), SECTION_LIMIT))
    shown = card.decisions[-MAX_DECISIONS:]
    if hidden := len(card.decisions) - len(shown):
        yield ContextBlock(elements=[plain_text(f"{hidden} earlier decisions: see the console", CONTEXT_LIMIT)])
    for decision in shown:
        moment = MarkdownTextObject(text=when(decision.at), verbatim=True)
        yield ContextBlock(elements=[plain_text(_sentence(decision), DECISION_LIMIT), moment])


def _sentence(decision: CardDecision) -> str:
    proxy = f" for {one_line(decision.on_behalf_of)}" if decision.on_behalf_of else ""
    reason = f": {one_line(decision.reason)}" if decision.reason.strip() else ""
    return f"{one_line(decision.person)} {decision.decision}{proxy}{reason}"


def _buttons(card: LevelCard, *, decide: bool) -> Iterator[ButtonElement]:
    value = ButtonTarget.of(card).to_value()
    if decide and not card.console_only:
        yield ButtonElement(text="Approve", action_id=APPROVE, value=value, style="primary")
        yield ButtonElement(text="Reject", action_id=REJECT, value=value, style="danger")
    yield ButtonElement(text="Open in console", action_id=OPEN, value=value)
