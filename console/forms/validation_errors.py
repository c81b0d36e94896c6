"""Pydantic's validation errors in words for people."""

from collections.abc import Callable
from typing import Any

from pydantic_core import ErrorDetails

from console.design.text import plain

TEXTS = {
    "missing": "needed",
    "string_too_short": "write {min_length:,} characters or more",
    "string_too_long": "write {max_length:,} characters at most",
    "too_short": "at least {min_length:,} are needed",
    "too_long": "{max_length:,} at most; these are {actual_length}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "enum": "choose {expected}",
    "literal_error": "choose {expected}",
}
"""By pydantic's error type; the names in braces come from the error's context."""

EMPTY = {"string_too_short": "needed", "too_short": "at least one is needed"}
"""The same where the minimum is 1."""

PATTERNS = {
    r"^([01]\d|2[0-3]):[0-5]\d$": "is not a time of day",
}
"""What a text says that does not match a pattern of the shared field types."""

LIMITS = ("gt", "ge", "lt", "le")

PREFIXES = ("Value error, ", "value is not a valid email address: ")


def error_text(error: ErrorDetails, *, limit_text: Callable[[Any], str] = str, example: str = "") -> str:
    """Return what is wrong and what would be right; ``limit_text`` writes a limit as the field's values are written."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in EMPTY and context.get("min_length") == 1:
        return EMPTY[kind]
    if kind in TEXTS:
        limits: dict[str, Any] = {name: limit_text(context[name]) for name in LIMITS if name in context}
        return TEXTS[kind].format_map(context | limits)
    if kind == "string_pattern_mismatch":
        known = PATTERNS.get(context["pattern"], "has not the right form")
        return f"{known}; write it as in {example}" if example else known
    message = error["msg"]
    for prefix in PREFIXES:
        message = message.removeprefix(prefix)
    return plain(message)
