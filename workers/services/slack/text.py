"""Text for Slack and from Slack: outside text stays text, and within Slack's limits.

Slack wants ``&``, ``<`` and ``>`` escaped and sends them escaped, see
https://docs.slack.dev/messaging/formatting-message-text. A text's length is that of the escaped one.
"""

import re
from html import escape, unescape

from slack_sdk.models.blocks import HeaderBlock, PlainTextObject, SectionBlock

HEADER_LIMIT = HeaderBlock.text_max_length
SECTION_LIMIT = SectionBlock.text_max_length
CONTEXT_LIMIT = 2000
FALLBACK_LIMIT = 4000
"""A message's own text is what a notification on a phone shows; ``chat.update`` takes no longer one."""

_CONTROL = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def clip(text: str, limit: int) -> str:
    """Return the text with ``&``, ``<`` and ``>`` escaped, and at most ``limit`` characters long."""
    escaped = escape(text, quote=False)
    if len(escaped) <= limit:
        return escaped
    cut = escaped[: limit - 1]
    entity = cut.rfind("&")
    if entity >= 0 and ";" not in cut[entity:]:
        cut = cut[:entity]
    return f"{cut}…"


def plain_text(text: str, limit: int) -> PlainTextObject:
    """Return a text object that knows neither links nor mentions nor emoji."""
    return PlainTextObject(text=clip(text, limit), emoji=False)


def one_line(text: str) -> str:
    """Return the text without line breaks and repeated blanks."""
    return " ".join(text.split())


def from_slack(text: str) -> str:
    """Return what a person typed, from the text that Slack sends: links and mentions as they are read there.

    A mention of a person without a label stays an ID: ``<@U012>`` becomes ``@U012``.
    """

    def as_read(found: re.Match[str]) -> str:
        target, label = found.groups()
        if target.startswith("!date^"):
            return label or ""
        if target.startswith(("@", "#", "!")):
            name = (label or target[1:]).lstrip("@#")
            return f"{'#' if target.startswith('#') else '@'}{name}"
        return f"{label} ({target})" if label and label not in target else target

    return unescape(_CONTROL.sub(as_read, text))
