"""How the workflows of a system belong to people, and what a system knows of a person besides workflows."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel
from textual.content import Content

from console.design.tone import Tone
from console.gateway.rows import Row
from workflows.shared.client import WorkflowClient

ClientT = TypeVar("ClientT", bound=WorkflowClient)
ViewT = TypeVar("ViewT", bound=BaseModel)


class PersonEntry(NamedTuple):
    """Something that happened to a person: ``item`` is what it belongs to, in the tab of that name if there is one."""

    at: datetime
    symbol: str
    tone: Tone
    words: str
    item: str = ""
    tab: str = ""


@dataclass(frozen=True)
class PersonRecord:
    """What a system knows of a person: lines for the head of the screen, and what happened."""

    head: Sequence[tuple[str, Content]]
    """Names of lines, and the lines."""
    entries: Sequence[PersonEntry]
    limit: str = ""
    """What it does not know, in words; empty if it knows all."""


@dataclass(frozen=True)
class PersonLink(Generic[ClientT, ViewT]):
    """What the owner of a type of workflow is to it: its ``role``, such as ``customer``."""

    role: str
    about: Callable[[Row], str] = lambda row: row.note
    """Returns what a row is about, for the person's timeline."""
    limit: str = ""
    """What its rows do not tell, in words."""
    contact: Callable[[ViewT], Sequence[str]] | None = None
    """Returns the person's name and addresses, as a workflow has them."""
    record: Callable[[ClientT, str], Awaitable[PersonRecord | None]] | None = None
    """Returns what is known of a person, None if nobody of that ID is. Without it all workflows are listed.

    Raises ``CallError``.
    """


AnyLink = PersonLink[Any, Any]
