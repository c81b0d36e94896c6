"""Keeps credentials out of the journal: a reason may be pasted, and an error may name an address with a password."""

import re

MASK = "***"

PATTERNS = (
    re.compile(r"(?P<keep>\w+://[^\s/:@]*:)[^\s/@]+(?=@)"),  # the password of an address
    re.compile(r"(?P<keep>\bbearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?P<keep>\b(?:password|passwd|secret|token|api[_-]?key)\s*[=:]\s*)\S+", re.IGNORECASE),
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"),  # a JSON Web Token, as Temporal Cloud's API keys
    re.compile(r"(?P<keep>)\bxox[a-z]-[\w-]{8,}|(?P<app>)\bxapp-[\w-]{8,}"),  # Slack
    re.compile(r"(?P<keep>\b[sr]k_(?:live|test)_)\w{8,}"),  # Stripe
)


def without_secrets(text: str) -> str:
    """Return ``text`` with what looks like a credential masked."""
    for pattern in PATTERNS:
        text = pattern.sub(lambda found: f"{found['keep'] or ''}{MASK}", text)
    return text
