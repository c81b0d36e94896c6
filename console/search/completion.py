"""Completion of Temporal's list filter: names of attributes, their operators, and values that are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from console.search.list_filter import JOINS, Token, tokens

EXECUTION_STATUSES = (
    "Running",
    "Completed",
    "Failed",
    "Canceled",
    "Terminated",
    "ContinuedAsNew",
    "TimedOut",
)
"""Values of ExecutionStatus that every server knows."""

SYSTEM_ATTRIBUTES = {
    "BuildIds": "KeywordList",
    "CloseTime": "Datetime",
    "ExecutionDuration": "Int",
    "ExecutionStatus": "Keyword",
    "ExecutionTime": "Datetime",
    "HistoryLength": "Int",
    "HistorySizeBytes": "Int",
    "ParentWorkflowId": "Keyword",
    "RootWorkflowId": "Keyword",
    "RunId": "Keyword",
    "StartTime": "Datetime",
    "StateTransitionCount": "Int",
    "TaskQueue": "Keyword",
    "TemporalReportedProblems": "KeywordList",
    "WorkflowId": "Keyword",
    "WorkflowType": "Keyword",
}
"""Temporal's own attributes and their types."""

ORDERED = ("=", "!=", ">", ">=", "<", "<=", "BETWEEN", "IN", "IS NULL", "IS NOT NULL")
OPERATORS: Mapping[str, Sequence[str]] = {
    "Keyword": ("=", "!=", "IN", "STARTS_WITH", "IS NULL", "IS NOT NULL", ">", "<"),
    "KeywordList": ("=", "IN", "IS NULL", "IS NOT NULL"),
    "Text": ("=", "!=", "IS NULL", "IS NOT NULL"),
    "Bool": ("=", "!=", "IS NULL", "IS NOT NULL"),
    "Int": ORDERED,
    "Double": ORDERED,
    "Datetime": ORDERED,
}
EXAMPLES = {"Datetime": "'2026-01-31T00:00:00Z'", "Bool": "true"}


class _Next(StrEnum):
    """What may follow."""

    NAME = "name"
    OPERATOR = "operator"
    VALUE = "value"
    LIST = "list"
    NULL = "null"
    JOIN = "join"


@dataclass(frozen=True)
class Vocabulary:
    """``types`` are the attributes of the namespace and their types; ``values`` known values of some of them."""

    types: Mapping[str, str]
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def proposals(self, text: str) -> list[str]:
        """Return what may stand in place of the last, unfinished word of ``text``, or follow it after a blank."""
        begun, done = _last_word(text)
        state, attribute = _after(tokens(done))
        proposed = self._all(state, attribute)
        return [word for word in proposed if word.casefold().startswith(begun.casefold()) and word != begun]

    def completed(self, text: str) -> str | None:
        """Return ``text`` with the first proposal in place of its last word, None if there is none."""
        proposed = self.proposals(text)
        return self.with_proposal(text, proposed[0]) if proposed else None

    def with_proposal(self, text: str, word: str) -> str:
        """Return ``text`` with ``word`` in place of its last word."""
        begun, _ = _last_word(text)
        return text[: len(text) - len(begun)] + word

    def _all(self, state: _Next, attribute: str) -> Sequence[str]:
        kind = self.types.get(attribute, "Keyword")
        match state:
            case _Next.NAME:
                return sorted(self.types, key=lambda name: (not name.startswith("Biz"), name))
            case _Next.OPERATOR:
                return OPERATORS.get(kind, OPERATORS["Keyword"])
            case _Next.LIST:
                return ("(",)
            case _Next.NULL:
                return ("NULL", "NOT NULL")
            case _Next.JOIN:
                return ("AND", "OR")
            case _Next.VALUE:
                known = [f"'{value}'" for value in self.values.get(attribute, ())]
                return known or ([EXAMPLES[kind]] if kind in EXAMPLES else [])


def _last_word(text: str) -> tuple[str, str]:
    """Return the word that is being typed, empty after a blank, and the text before it."""
    start = len(text)
    quoted = text.count("'") % 2 == 1
    if quoted:
        start = text.rindex("'")
    else:
        while start and not (text[start - 1].isspace() or text[start - 1] in "(),"):
            start -= 1
    return text[start:], text[:start]


@dataclass
class _Reading:
    """Follows the tokens of a filter: what may come ``next``, and the ``attribute`` that it is about."""

    next: _Next = _Next.NAME
    attribute: str = ""
    between: bool = False
    """Whether the next AND stands between two bounds."""
    listing: bool = False
    """Whether values stand in parentheses."""

    def take(self, token: Token) -> None:
        """Read one token."""
        match self.next:
            case _Next.NAME:
                if token.kind == "name" and token.word not in JOINS:
                    self.next, self.attribute = _Next.OPERATOR, token.text.strip("`")
            case _Next.OPERATOR:
                self.between = token.word == "BETWEEN"
                self.next = _after_operator(token)
            case _Next.LIST:
                self.next, self.listing = _Next.VALUE, True
            case _Next.NULL:
                self.next = _Next.JOIN if token.word == "NULL" else _Next.NULL
            case _Next.VALUE:
                self.next = _Next.JOIN
            case _Next.JOIN:
                self._join(token)

    def _join(self, token: Token) -> None:
        if token.word in JOINS:
            self.next = _Next.VALUE if self.between else _Next.NAME
            self.between = False
        elif token.kind == "comma" and self.listing:
            self.next = _Next.VALUE
        elif token.kind == "close":
            self.listing = False


def _after(found: Sequence[Token]) -> tuple[_Next, str]:
    """Return what may follow these tokens, and the attribute that it is about."""
    reading = _Reading()
    for token in found:
        reading.take(token)
    return reading.next, reading.attribute


def _after_operator(token: Token) -> _Next:
    if token.word == "NOT":
        return _Next.OPERATOR  # NOT IN, NOT BETWEEN, NOT STARTS_WITH
    return {"IN": _Next.LIST, "IS": _Next.NULL}.get(token.word, _Next.VALUE)
