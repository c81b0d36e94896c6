"""What a digest is called and says: every rule of it. Pure functions.

Only the marketing tools' own words are in a digest, in their own language: its subject is that of its first message and
how many more there are, and each message has its subject as its heading.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.campaigns.channels import Channel
from workflows.campaigns.digests.parts import HeldPart
from workflows.campaigns.html import escaped
from workflows.campaigns.template import MAX_HTML

MAX_PARTS = 50
"""Messages of a digest."""

MAX_TEXT = {Channel.EMAIL: 100_000, Channel.SMS: 1_600, Channel.PUSH: 3_000}
"""Characters of a digest's text: ten SMS, and what fits into a push message of 4 kB."""

_BODY = re.compile(r"<body\b([^>]*)>(.*?)(?:</body\s*>|$)", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"<style\b.*?</style\s*>", re.IGNORECASE | re.DOTALL)
_FRAME = re.compile(r"<!doctype[^>]*>|</?(?:html|body)\b[^>]*>|<head\b.*?</head\s*>", re.IGNORECASE | re.DOTALL)
"""What there may be only once in a document."""


@dataclass(frozen=True)
class Wording:
    """What a message says to one user."""

    subject: str | None
    body: str
    html: str | None = None
    unsubscribe_url: str | None = None
    """For the header of an e-mail."""


def outcome_of(parts: Sequence[HeldPart]) -> str | None:
    """Return what is said of a message that went out in a digest; None of one that went out alone."""
    return f"in a digest of {len(parts)}" if len(parts) > 1 else None


def fitting(wordings: Sequence[Wording], channel: Channel) -> int:
    """Return how many of the messages one digest takes, at least one: mail programs cut off what is too large."""
    for count in range(min(len(wordings), MAX_PARTS), 1, -1):
        whole = digest_of(wordings[:count], channel)
        if len(whole.body) <= MAX_TEXT[channel] and len((whole.html or "").encode()) <= MAX_HTML:
            return count
    return 1


def digest_of(wordings: Sequence[Wording], channel: Channel) -> Wording:
    """Return the messages as one; a single one as it is."""
    if len(wordings) == 1:
        return wordings[0]
    first = wordings[0].subject
    subject = f"{first} (+{len(wordings) - 1})" if first else None
    body = "\n\n".join(_text_of(each, channel) for each in wordings)
    html = _html_of(wordings) if any(each.html for each in wordings) else None
    return Wording(subject, body, html, wordings[0].unsubscribe_url)


def _text_of(wording: Wording, channel: Channel) -> str:
    if wording.subject is None:
        return wording.body.strip()
    line = f"\n{'=' * len(wording.subject)}\n" if channel is Channel.EMAIL else ""
    return f"{wording.subject}{line}\n{wording.body.strip()}"


def _html_of(wordings: Sequence[Wording]) -> str:
    styles = (style for each in wordings for style in _STYLE.findall(_head_of(each.html or "")))
    head = f'<head><meta charset="utf-8">{"".join(dict.fromkeys(styles))}</head>'
    return f"<!DOCTYPE html>\n<html>{head}<body>\n{'<hr>'.join(_sections(wordings))}\n</body></html>"


def _sections(wordings: Sequence[Wording]) -> Iterator[str]:
    for each in wordings:
        heading = f"<h2>{escaped(each.subject)}</h2>\n" if each.subject else ""
        yield f"{heading}{_content_of(each)}"


def _content_of(wording: Wording) -> str:
    """Return what one message has between its body's tags; these become a block of the digest."""
    if wording.html is None:
        return f'<div style="white-space: pre-wrap">{escaped(wording.body.strip())}</div>'
    found = _BODY.search(wording.html)
    attributes, inner = (found[1].rstrip("/"), found[2]) if found else ("", wording.html)
    return f"<div{attributes}>{_FRAME.sub('', inner)}</div>"


def _head_of(html: str) -> str:
    """Return what is before the body: styles that are in it stay where they are."""
    found = _BODY.search(html)
    return html[: found.start()] if found else "".join(re.findall(r"<head\b.*?</head\s*>", html, re.I | re.DOTALL))
