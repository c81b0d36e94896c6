"""The description of one system: all that the console knows of it, as data and functions."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from textual.content import Content
from textual.screen import Screen

from console.commands.command import Command
from console.gateway.gateway import Gateway
from console.gateway.query import WorkflowKind
from console.gateway.rows import Row
from console.model import Column, Directory, Stage, Why
from console.operations.meaning import GENERIC, Meaning
from console.systems.person import PersonLink
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.client import WorkflowClient
from workflows.shared.timeline import TimelineEntry

ClientT = TypeVar("ClientT", bound=WorkflowClient)
ViewT = TypeVar("ViewT", bound=BaseModel)


@dataclass(frozen=True)
class DetailContext:
    """What details are drawn with, besides the view. Columns fit in ``width`` cells."""

    stage: Stage
    width: int
    now: datetime
    operator: str
    close_reason: str = ""
    """Why the run takes no more actions, if it was broken."""
    broken: bool = False
    """Whether the run was ended from outside, or failed."""


@dataclass(frozen=True)
class RowScreen:
    """A key that opens a screen about the row in focus, and changes nothing."""

    key: str
    name: str
    label: str
    tooltip: str
    open: Callable[[Gateway, ConsoleSettings, Row], Screen[None]]


@dataclass(frozen=True)
class ConsoleSystem(Generic[ClientT, ViewT]):
    """One system, as the console shows it. ``view`` is the model with which a workflow answers about itself."""

    name: str
    """Unique in the registry."""
    title: str
    client: type[ClientT]
    view: type[ViewT]
    stages: tuple[Stage, ...]
    columns: tuple[Column, ...]
    commands: tuple[Command[ClientT, Any, Any], ...]
    details: Callable[[ViewT, DetailContext], Content]
    named: Callable[[ViewT], str]
    """Returns which workflow it is, in full, for dialogs."""
    failing_stages: frozenset[str] = frozenset()
    """Stages in which a run fails by its own rules."""
    needs: str = ""
    """What the store must hold before the first workflow can succeed, and the command that adds it."""
    for_people: bool = False
    """Whether its workflows wait for named people, so that the tab counts those that wait for the operator."""
    look_up: Callable[[ClientT, str], Awaitable[Directory]] | None = None
    """Returns what the company's directory says about a person, if this system can tell. Raises ``CallError``."""
    screens: tuple[RowScreen, ...] = ()
    why: Mapping[str, Why] = field(default_factory=dict)
    """What the codes of ``BizAttention`` mean."""
    beside: tuple["ConsoleSystem[Any, Any]", ...] = ()
    """Workflows of other types that belong to its items, such as payments to orders."""
    belongs_to: Callable[[Row], str] | None = None
    """Of such a type: returns the business ID of the item that a row belongs to; None where there is no such item."""
    person: PersonLink[ClientT, ViewT] | None = None
    """Whose its workflows are; None where they are no single person's, or belong to an item that is."""
    list_key: str = ""
    """Of such a type: the key that shows its list in the tab of its system; empty where it has no list of its own."""
    timeline: Callable[[ViewT], Sequence[TimelineEntry]] | None = None
    """Returns the business timeline of a view, oldest first."""
    related: Callable[[ViewT], Sequence[str]] | None = None
    """Returns IDs of workflows that belong to it without being its children; there may be none of an ID."""
    operations: Meaning = GENERIC
    """What Temporal's own operations on a run mean here."""

    @cached_property
    def kind(self) -> WorkflowKind:
        """Its workflows, as they are listed."""
        return WorkflowKind(self.name, self.client.workflow_type, self.client.id_prefix, self.failing_stages)

    @property
    def noun(self) -> str:
        """Word for one workflow."""
        return self.client.noun


def kinds_of(tab: ConsoleSystem[Any, Any]) -> tuple[ConsoleSystem[Any, Any], ...]:
    """Return the types of workflows that belong to a system."""
    return (tab, *tab.beside)


def lists_of(tab: ConsoleSystem[Any, Any]) -> tuple[ConsoleSystem[Any, Any], ...]:
    """Return the types of workflows that have a list in the tab of a system: its own comes first."""
    return (tab, *(kind for kind in tab.beside if kind.list_key))


def system_of(workflow_id: str, systems: Iterable[ConsoleSystem[Any, Any]]) -> ConsoleSystem[Any, Any] | None:
    """Return the system of a workflow, by its ID: one of ``systems``, or of what belongs to them."""
    every = (one for tab in systems for one in kinds_of(tab))
    return next((one for one in every if workflow_id.startswith(one.kind.id_prefix)), None)
