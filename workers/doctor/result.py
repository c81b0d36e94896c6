"""What the checks found, as people and scripts read it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from workflows.shared.json_text import json_text

State = Literal["fine", "off", "wrong"]

SERVER, NAMESPACE, ATTRIBUTES, WORKERS, STORE = "server", "namespace", "search attributes", "workers", "store"
MAIL, SLACK, PAYMENTS, ZONES, IDENTITY = "mail", "Slack", "payment provider", "time zones", "identity"

ESSENTIAL = frozenset((SERVER, NAMESPACE, ATTRIBUTES, WORKERS, STORE))
"""Checks without which nothing works."""

NAME_WIDTH, STATE_WIDTH = 18, 6


@dataclass(frozen=True)
class Result:
    """What one check found. ``words`` say how it is, ``remedy`` what to do; empty when there is nothing to do."""

    check: str
    state: State
    words: str
    remedy: str = ""


def as_text(results: Sequence[Result]) -> str:
    """Return one line for each check."""
    return "\n".join(_line(result) for result in results)


def as_json(results: Sequence[Result]) -> str:
    """Return a list of objects."""
    return json_text([asdict(result) for result in results], indent=2)


def all_fine(results: Sequence[Result]) -> bool:
    """Return whether everything essential is fine."""
    return all(result.state == "fine" for result in results if result.check in ESSENTIAL)


def one_line(text: object) -> str:
    """Return text from outside as one printable line."""
    return " ".join("".join(character if character.isprintable() else " " for character in str(text)).split())


def _line(result: Result) -> str:
    said = "; ".join(part for part in (result.words, result.remedy) if part)
    return f"{result.check:<{NAME_WIDTH}}{result.state:<{STATE_WIDTH}}{one_line(said)}"
