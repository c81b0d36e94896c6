"""A notification as a Slack message: outside text stays text, and within Slack's limits."""

from html import escape

from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, PlainTextObject, SectionBlock

from workflows.approvals.ports import Notification

HEADER_LIMIT = HeaderBlock.text_max_length
SECTION_LIMIT = SectionBlock.text_max_length
CONTEXT_LIMIT = 2000
FALLBACK_LIMIT = 4000
"""Slack cuts a message's own text from here on; it is what a notification on a phone shows."""


def as_blocks(notification: Notification) -> list[Block]:
    """Return the message: title, text, and whom it concerns. Plain text objects know neither links nor mentions."""
    title = _line(notification.title) or notification.request_id
    blocks: list[Block] = [HeaderBlock(text=_plain(title, HEADER_LIMIT))]
    if notification.text.strip():
        blocks.append(SectionBlock(text=_plain(notification.text.strip(), SECTION_LIMIT)))
    about = [notification.request_id]
    if notification.recipients:
        about.append("for " + ", ".join(notification.recipients))
    blocks.append(ContextBlock(elements=[_plain(" · ".join(about), CONTEXT_LIMIT)]))
    return blocks


def as_text(notification: Notification) -> str:
    """Return the message's own text, for where blocks cannot be shown."""
    return clip(f"{_line(notification.title)}: {notification.text.strip()}", FALLBACK_LIMIT)


def clip(text: str, limit: int) -> str:
    """Return the text with ``&``, ``<`` and ``>`` escaped, as Slack asks, and at most ``limit`` characters long."""
    escaped = escape(text, quote=False)
    if len(escaped) <= limit:
        return escaped
    cut = escaped[: limit - 1]
    entity = cut.rfind("&")
    if entity >= 0 and ";" not in cut[entity:]:
        cut = cut[:entity]
    return f"{cut}…"


def _plain(text: str, limit: int) -> PlainTextObject:
    return PlainTextObject(text=clip(text, limit), emoji=False)


def _line(text: str) -> str:
    return " ".join(text.split())
