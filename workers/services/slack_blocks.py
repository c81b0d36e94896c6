"""A notification as a Slack message: outside text stays text, and within Slack's limits."""

from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, SectionBlock

from workers.services.slack_text import (
    CONTEXT_LIMIT,
    FALLBACK_LIMIT,
    HEADER_LIMIT,
    SECTION_LIMIT,
    clip,
    one_line,
    plain_text,
)
from workflows.approvals.ports import Notification


def as_blocks(notification: Notification) -> list[Block]:
    """Return the message: title, text, and whom it concerns. Plain text objects know neither links nor mentions."""
    title = one_line(notification.title) or notification.request_id
    blocks: list[Block] = [HeaderBlock(text=plain_text(title, HEADER_LIMIT))]
    if notification.text.strip():
        blocks.append(SectionBlock(text=plain_text(notification.text.strip(), SECTION_LIMIT)))
    about = [notification.request_id]
    if notification.recipients:
        about.append("for " + ", ".join(notification.recipients))
    blocks.append(ContextBlock(elements=[plain_text(" · ".join(about), CONTEXT_LIMIT)]))
    return blocks


def as_text(notification: Notification) -> str:
    """Return the message's own text, for where blocks cannot be shown."""
    return clip(f"{one_line(notification.title)}: {notification.text.strip()}", FALLBACK_LIMIT)
