"""One command per action of an operator. It knows no widget, so that other faces than the screen can run it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from workflows.shared.snapshot import Snapshot

ClientT = TypeVar("ClientT")
ViewT = TypeVar("ViewT", bound=BaseModel)
PayloadT = TypeVar("PayloadT", bound=BaseModel)


@dataclass(frozen=True)
class Target(Generic[ViewT]):
    """Who acts on which workflow, frozen when the command begins; a creation has no workflow yet."""

    operator: str
    business_id: str
    view: ViewT
    named: str = ""
    """The target in full, for people."""
    effect: str = ""
    """What the action would do, in the workflow's words."""
    people: Sequence[str] | None = None
    """Whom a form may propose: the people in the company's directory, None if that is not known."""
    channel: str = "console"
    """Where somebody acts, as workflows record it."""


@dataclass(frozen=True)
class CommandCall(Generic[ClientT, ViewT, PayloadT]):
    """One call of a command through a domain client. Calls with the same ``call_id`` take effect once."""

    client: ClientT
    target: Target[ViewT]
    payload: PayloadT
    call_id: str


@dataclass(frozen=True)
class CommandResult(Generic[ViewT]):
    """The answer to a command: words for people, and whether the workflow accepted it."""

    text: str
    accepted: bool = True
    applied: bool = True
    """Whether the workflow says that it took effect; what is accepted may take effect later."""
    snapshot: Snapshot[ViewT] | None = None
    """The workflow after the command, if the call read it."""
    started: str = ""
    """Workflow ID of what a creation started."""


def by_operator(field: str = "by") -> Callable[[Target[Any]], Mapping[str, Any]]:
    """Return a function that names the operator in a payload's ``field``."""
    return lambda target: {field: target.operator}


def _nothing(_: Target[Any]) -> Mapping[str, Any]:
    return {}


def _always(_: Target[Any], __: object) -> bool:
    return True


def never(_: Target[Any], __: object) -> bool:
    """Return that nothing is to be confirmed."""
    return False


@dataclass(frozen=True)
class Form(Generic[ViewT]):
    """Asks for the payload's fields."""

    begin: Callable[[Target[ViewT]], Mapping[str, Any]] = _nothing
    """Values that the form starts with."""
    choices: Callable[[Target[ViewT]], Mapping[str, Sequence[str]]] = _nothing
    """Values that fields propose."""
    look_up: Callable[[Any], Awaitable[Mapping[str, Sequence[str]]]] | None = None
    """Asks the domain client for further values to propose, by the paths of fields, such as ``audience.name``."""
    more: frozenset[str] = frozenset()
    """Fields folded away at first."""


@dataclass(frozen=True)
class Words:
    """Asks for one text, the payload's ``field``."""

    field: str = "reason"
    label: str = "Reason"
    required: bool = True


@dataclass(frozen=True)
class Confirmation:
    """Asks for a yes."""


@dataclass(frozen=True)
class Command(Generic[ClientT, ViewT, PayloadT]):
    """One action of an operator: what it asks for, and how it is sent."""

    name: str
    """The handler's name, as in ``get_actions``. Several names may share a key, such as pause and resume."""
    key: str
    title: str
    """What it is called everywhere, as in ``get_actions``."""
    payload: type[PayloadT]
    run: Callable[[CommandCall[ClientT, ViewT, PayloadT]], Awaitable[CommandResult[ViewT]]]
    """Sends the payload. Raises ``CallError``."""
    post: Callable[[CommandCall[ClientT, ViewT, PayloadT]], Awaitable[CommandResult[ViewT]]] | None = None
    """Sends the payload to be recorded, and does not wait for what the workflow does; None where that cannot be."""
    ask: Form[ViewT] | Words | Confirmation | None = None
    """What is asked before it is sent."""
    invalid: Callable[[ClientT, Target[ViewT], str, ValidationError], Awaitable[None]] | None = None
    """Is told, with the command's name, of an answer that fits no payload and is not sent. Never raises."""
    fixed: Callable[[Target[ViewT]], Mapping[str, Any]] = field(default=_nothing)
    """Payload fields that nobody is asked for."""
    preview: Callable[[CommandCall[ClientT, ViewT, PayloadT]], Awaitable[str]] | None = None
    """Returns what exactly the payload would do."""
    confirms: Callable[[Target[ViewT], PayloadT], bool] = field(default=_always)
    """Whether that is to be confirmed before it is sent; else it is only shown while the form is filled in."""
    label: str = ""
    """The footer's words, a part of the title: its first word unless given."""
    accept: str = ""
    """Word of the button that sends it: the title unless given."""
    dangerous: bool = False
    on_demand: bool = False
    """Whether it is shown only while it is legal, as the rarely needed are."""
    message: Literal["", "signal", "update"] = ""
    """What it sends under its name, with the payload alone; empty if it sends something else."""
    creates: str = ""
    """The payload's field with the ID of what it creates; empty for a command on an existing workflow."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label or self.title.split()[0])
        object.__setattr__(self, "accept", self.accept or self.title)

    @property
    def verb(self) -> str:
        """The title within a sentence."""
        return self.title[:1].lower() + self.title[1:]

    def payload_of(self, target: Target[ViewT], answer: PayloadT | str | None) -> PayloadT:
        """Return the payload for what was answered: a form's model, or the words.

        Nobody was asked for the ``fixed`` fields: they are those of the target as it is now.

        Raises:
            ValidationError: the words do not fit the payload.
        """
        if isinstance(answer, self.payload):
            fixed = {name: value for name, value in self.fixed(target).items() if name in self.payload.model_fields}
            return answer.model_copy(update=fixed)
        values = {self.ask.field: answer or None} if isinstance(self.ask, Words) else {}
        return self.payload.model_validate({**self.fixed(target), **values})

    async def checked_payload(self, client: ClientT, target: Target[ViewT], answer: PayloadT | str | None) -> PayloadT:
        """Do the same as :meth:`payload_of`, and tell of an answer that does not fit."""
        try:
            return self.payload_of(target, answer)
        except ValidationError as error:
            if self.invalid is not None:
                await self.invalid(client, target, self.name, error)
            raise

    def business_id(self, target: Target[ViewT], payload: PayloadT) -> str:
        """Return the ID of what it acts on or creates."""
        return str(getattr(payload, self.creates)) if self.creates else target.business_id


AnyCommand = Command[Any, Any, Any]


def call_command(
    client: type,
    send: Callable[[Any, CommandCall[Any, Any, Any]], Awaitable[CommandResult[Any]]],
    name: str,
    key: str,
    title: str,
    payload: type[BaseModel],
    **options: Any,  # noqa: ANN401 - the command's further fields
) -> AnyCommand:
    """Return a command that calls the method ``name`` of a domain ``client`` by way of ``send``."""
    return Command(name, key, title, payload, partial(send, getattr(client, name)), **options)
