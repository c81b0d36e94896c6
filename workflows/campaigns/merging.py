"""Merge fields of a template, such as ``{{ first_name | default("there") }}``. Pure functions."""

import re
from collections.abc import Collection, Iterator, Mapping

from workflows.shared.nearest import nearest

FIELD = re.compile(
    r"""\{\{\s*(?P<name>[^\W\d]\w*)\s*(?:\|\s*default\(\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\s*\)\s*)?\}\}"""
    r"|(?P<short>\{user_id\})"
)
FOREIGN = (("{%", "%}"), ("*|", "|*"))
"""Begin and end of tags that other tools have in templates: Liquid and Jinja, Mailchimp."""
SHOWN = 40
"""Characters of a broken field that are shown."""

OWN = ("user_id", "name", "email_address", "phone", "timezone")
"""Fields of every user."""
USUAL = ("first_name", "last_name")
"""Fields that a user may have without any import."""
MAX_KNOWN = 8
"""Known fields that a refusal names."""


def why_not_text(text: str) -> str | None:
    """Return what is wrong with the merge fields of a text, or None."""
    rest = FIELD.sub("", text)
    broken = rest.partition("{{")
    if not broken[1]:
        return _why_not_foreign(rest)
    shown = f"{{{{{broken[2]}"[:SHOWN].splitlines()[0]
    return f'{shown!r} is no merge field; use one like {{{{ first_name }}}} or {{{{ first_name | default("there") }}}}'


def _why_not_foreign(text: str) -> str | None:
    """Return which tag of another tool's templates there is, which would go out as it is; None if there is none."""
    for start, end in FOREIGN:
        _, opened, after = text.partition(start)
        inner, closed, _ = after.partition(end)
        if opened and closed:
            shown = f"{start}{inner}{end}"[:SHOWN]
            return f"{shown!r} would go out as it is; there are only fields, like {{{{ first_name }}}}"
    return None


def fields_of(text: str) -> Iterator[str]:
    """Return the merge fields that a text names."""
    for found in FIELD.finditer(text):
        yield found["name"] or "user_id"


def why_not_fields(text: str, known: Collection[str]) -> str | None:
    """Return which field of a text there is not, and which one may be meant; None if there are all."""
    names = sorted({*OWN, *USUAL, *known})
    for field in fields_of(text):
        if field not in names:
            close = nearest(field, names)
            rest = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names[:MAX_KNOWN])}"
            return f"{field} is no field{rest}"
    return None


def merge(text: str, values: Mapping[str, str]) -> str:
    """Return the text with the values of a user; what a user does not have is its default, or empty."""
    return FIELD.sub(lambda found: value_of(found, values), text)


def value_of(found: re.Match[str], values: Mapping[str, str]) -> str:
    """Return the value of a field that was found in a text, else its default."""
    return values.get(found["name"] or "user_id") or found["double"] or found["single"] or ""
