"""What is sent for a message: its text, its blocks, and the key by which it is found again."""

import json
from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, SectionBlock
from slack_sdk.models.metadata import Metadata

from workers.services.slack.card import card_blocks, card_text
from workers.services.slack.text import (
    CONTEXT_LIMIT,
    FALLBACK_LIMIT,
    HEADER_LIMIT,
    SECTION_LIMIT,
    clip,
    one_line,
    plain_text,
)
from workers.store.slack_messages import DueMessage, MessageKey
from workflows.approvals.slack.models import CHANNEL

EVENT_TYPE = "tconsole_approval_message"
DIGEST = "daily digest"
"""What a message about many requests is called, in the place of a request's ID."""
QUIET = {"mrkdwn": False, "parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
"""No mentions, links or previews from outside text."""


def arguments_of(message: DueMessage) -> dict[str, Any]:
    """Return what posting and changing a message have in common."""
    text, blocks = _content(message)
    return {"text": text, "blocks": blocks, "metadata": metadata_of(message.key)}


def metadata_of(key: MessageKey) -> Metadata:
    """Return what Slack keeps beside a message, so that it is found after an answer was lost."""
    return Metadata(EVENT_TYPE, {"key": key_text(key)})


def key_text(key: MessageKey) -> str:
    """Return the key as one text, in which no part can look like another."""
    return json.dumps([key.request_id, key.part, key.recipient])


def is_live(message: DueMessage) -> bool:
    """Return whether somebody may still need the message: a closed card that was deleted is not posted again."""
    return message.card is None or not message.card.outcome


def _content(message: DueMessage) -> tuple[str, Sequence[Block]]:
    if message.card is not None:
        decides = message.key.recipient in {CHANNEL, *message.card.deciders}
        return card_text(message.card), card_blocks(message.card, buttons=decides)
    text = str(message.content.get("text", "")).strip()
    if message.kind == "comment":
        return clip(text, FALLBACK_LIMIT), [SectionBlock(text=plain_text(text, SECTION_LIMIT))]
    title = one_line(str(message.content.get("title", ""))) or message.key.request_id
    blocks = [
        HeaderBlock(text=plain_text(title, HEADER_LIMIT)),
        SectionBlock(text=plain_text(text, SECTION_LIMIT)),
        ContextBlock(elements=[plain_text(message.key.request_id or DIGEST, CONTEXT_LIMIT)]),
    ]
    return clip(f"{title}: {text}", FALLBACK_LIMIT), blocks
