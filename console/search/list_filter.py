"""Temporal's list filter as an operator types it: its tokens, and what is wrong with it before the server is asked.

The grammar is the server's: https://docs.temporal.io/list-filter.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Kind = Literal["name", "string", "number", "operator", "open", "close", "comma", "other"]

TOKEN = re.compile(
    r"""(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
    r"|(?P<name>`[^`]*`|[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<operator><=|>=|!=|<>|=|<|>)"
    r"|(?P<open>\()|(?P<close>\))|(?P<comma>,)|(?P<other>\S)"
)
QUOTES = {"'", '"', "`"}
SORTING = {"ORDER", "GROUP", "LIMIT"}
"""Words of SQL that a filter cannot hold: the console sorts and counts by itself."""

JOINS = {"AND", "OR", "NOT"}


class Token(NamedTuple):
    """One word or sign of a filter."""

    kind: Kind
    text: str

    @property
    def word(self) -> str:
        """The text of a keyword, in upper case."""
        return self.text.upper() if self.kind == "name" else ""


def tokens(text: str) -> list[Token]:
    """Return the tokens of a filter."""
    return [Token(found.lastgroup, found[0]) for found in TOKEN.finditer(text)]  # type: ignore[arg-type]  # its groups are kinds


def problem(text: str) -> str:
    """Return why ``text`` cannot be a list filter, empty if it may be one: the server then judges.

    A filter stands in parentheses behind the tab's own, so that it can only narrow the tab's workflows.
    """
    found = tokens(text)
    if not found:
        return "it is empty; an example is BizAmount >= 10000 AND BizStage = 'PAID'"
    return _unfinished(found) or _sorting(found) or _unbalanced(found)


def _unfinished(found: Sequence[Token]) -> str:
    for token in found:
        if token.kind == "other":
            if token.text in QUOTES:
                return f"a text that begins with {token.text} does not end"
            return f"{token.text} has no meaning in a list filter"
    return ""


def _sorting(found: Sequence[Token]) -> str:
    word = next((token.word for token in found if token.word in SORTING), "")
    return f"{word} is no part of a list filter; S sorts the rows" if word else ""


def _unbalanced(found: Sequence[Token]) -> str:
    depth = 0
    for token in found:
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if depth < 0:
            return "there is a ) without its ("
    if depth:
        return "a ) is missing"
    return f"something must follow {found[-1].text}" if found[-1].word in JOINS else ""
