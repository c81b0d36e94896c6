"""Keeps credentials out of the journal: a reason may be pasted, and an error may name an address with a password."""

import re

MASK = "***"

PATTERNS = (
    re.compile(r"(?P<keep>\w+://[^\s/:@]*:)[^\s/]+(?=@)"),  # the password of an address
    re.compile(r"(?P<keep>\bbearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    # A variable such as DB_PASSWORD=..., or "client_secret": "..." of JSON.
    re.compile(
        r"""(?P<keep>(?:password|passwd|secret|token|api[_-]?key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|\S+)""",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>--[\w-]*(?:password|secret|token|api-key)\s+)\S+"),  # the option of a command
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"),  # a JSON Web Token, as Temporal Cloud's API keys
    re.compile(r"(?P<keep>)\bx(?:ox[a-z]|app)-[\w-]{8,}"),  # Slack
    re.compile(r"(?P<keep>\b(?:[sr]k_(?:live|test)|whsec)_)\w{8,}"),  # Stripe
)


def without_secrets(text: str) -> str:
    """Return ``text`` with what looks like a credential masked."""
    for pattern in PATTERNS:
        text = pattern.sub(rf"\g<keep>{MASK}", text)
    return text
