"""JSON that is printed: values of any script stay readable, and no terminal takes a part of it for an escape."""

import json
import re

OTHERS = re.compile(r"[^ -~\n]")
"""All but ASCII, and the line breaks of an indented text; JSON itself escapes those in values."""


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return ``value`` as JSON, on one line unless indented; what is not printable is escaped, such as U+2028."""
    return OTHERS.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=indent))


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return character if character.isprintable() else json.dumps(character)[1:-1]
