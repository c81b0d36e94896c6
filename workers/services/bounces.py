"""What a mail server's refusal says about the address: its reply (RFC 5321) and enhanced code (RFC 3463, RFC 5248)."""

import re

from workflows.campaigns.bounces import BounceKind

ENHANCED = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
"""A permanent one, wherever it stands: some servers put their host before it."""

NO_SUCH_ADDRESS = {(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10)}
"""No such mailbox or domain, bad syntax, moved, a domain that takes no mail (RFC 7505). 5.1.7 and 5.1.8 are ours."""
NOT_NOW = {(2, 1), (2, 2), (2, 4), (4, 1), (4, 4)}
"""Mailbox disabled or full, a list that fails, no route. Gmail also says 5.2.1 of too much mail at once, and Microsoft
5.4.1 of a mailbox that there is not: one of these proves nothing, several do."""

ADDRESS_REPLIES = {550, 551, 553, 556}
"""To RCPT, without an enhanced code: no mailbox, not local, a name that is not allowed, no mail at all (RFC 7504)."""
FULL = 552
POLICY = re.compile(r"spam|block|black|polic|reputation|relay|denied|spf|dkim|dmarc|auth|rate|too many|https?://", re.I)
"""What servers say with a plain 550 when it is us whom they refuse."""


def bounce_kind(code: int, text: str, *, to_recipient: bool) -> BounceKind | None:
    """Return what a permanent refusal says about its address; None if it is about the message, or about us.

    ``to_recipient`` is whether it answered RCPT, and not DATA.
    """
    if enhanced := ENHANCED.search(text):
        subject = (int(enhanced[1]), int(enhanced[2]))
        if subject in NO_SUCH_ADDRESS:
            return BounceKind.HARD
        return BounceKind.SOFT if subject in NOT_NOW else None
    if not to_recipient:
        return None
    if code == FULL:
        return BounceKind.SOFT
    return BounceKind.HARD if code in ADDRESS_REPLIES and not POLICY.search(text) else None
