"""How a workflow takes signals: one place converts and validates them, and refuses what no handler can take.

The SDK converts the payloads of a signal with a name before anything of ours runs, and drops the signal if that fails.
So all signals come to one dynamic handler, as they were sent. What it decides depends on the payloads alone.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.converter import PayloadConverter

from workflows.shared.fields import Identifier
from workflows.shared.inputs import MAX_EXCERPT, excerpt, one_line, printable
from workflows.shared.nearest import nearest
from workflows.shared.payloads import JSON, why_unreadable
from workflows.shared.refused_signals import ACKNOWLEDGE, Acknowledge

MARK = "_takes_signal"

SelfT = TypeVar("SelfT")
ModelT = TypeVar("ModelT", bound=BaseModel)
Handler = Callable[[SelfT, ModelT], None]


def signal(handler: Handler[SelfT, ModelT]) -> Handler[SelfT, ModelT]:
    """Mark a method of a :class:`SignalReceiver` as the handler of the signal of its name. It takes one model."""
    setattr(handler, MARK, True)
    return handler


class _WithId(BaseModel):
    """As much of a signal as is read of one that is refused."""

    signal_id: Identifier | None = None


class SignalReceiver:
    """Base of a workflow: every signal reaches its handler, or is refused and recorded."""

    signal_handlers: ClassVar[dict[str, Callable[[Any, Any], None]]] = {}
    """The handlers of the class by name."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        methods = inspect.getmembers(cls, inspect.isfunction)
        cls.signal_handlers = {name: method for name, method in methods if hasattr(method, MARK)}

    @workflow.signal(dynamic=True, description="Hands a signal to its handler, or refuses it")
    async def receive_signal(self, name: str, payloads: Sequence[RawValue]) -> None:
        """Take a signal of any name and payload."""
        if name == ACKNOWLEDGE:
            await self._take_acknowledgement(payloads)
            return
        handler = self.signal_handlers.get(name)
        if handler is None:
            name = printable(name, MAX_EXCERPT)
            await self._refuse_signal(name, why_no_handler(name, list(self.signal_handlers)))
            return
        payload = read_one(model_of(handler), payloads, workflow.payload_converter())
        if isinstance(payload, str):
            await self._refuse_signal(name, payload)
        else:
            handler(self, payload)

    async def refuse_signal(self, name: str, reason: str, payloads: Sequence[RawValue]) -> None:
        """Record that the workers refused a signal before it came here. It is not handled: its ID may come again."""
        told = read_one(_WithId, payloads, workflow.payload_converter())
        signal_id = None if isinstance(told, str) else told.signal_id
        await self._refuse_signal(printable(name, MAX_EXCERPT), reason, signal_id)

    async def _take_acknowledgement(self, payloads: Sequence[RawValue]) -> None:
        payload = read_one(Acknowledge, payloads, workflow.payload_converter())
        if isinstance(payload, str):
            await self._refuse_signal(ACKNOWLEDGE, payload)
        else:
            await self._acknowledge(payload)

    async def _acknowledge(self, acknowledge: Acknowledge) -> None:
        """Ask for attention no longer because of refused signals, and note who has looked at them."""
        raise NotImplementedError

    async def _refuse_signal(self, name: str, reason: str, signal_id: str | None = None) -> None:
        """Record that a signal was refused, in the refusals, the timeline and the row."""
        raise NotImplementedError


def model_of(handler: Callable[[Any, Any], None]) -> type[BaseModel]:
    """Return the model that a handler takes."""
    _, parameter = inspect.signature(handler).parameters.values()
    model: type[BaseModel] = parameter.annotation
    return model


def why_no_handler(name: str, known: Sequence[str]) -> str:
    """Return which signals there are instead of one of that name."""
    if not known:
        return f"there is no signal {excerpt(name)}; this workflow takes no signals"
    near = nearest(name, known)
    there = "there is" if len(known) == 1 else "there are"
    instead = f"did you mean {near[0]}?" if near else f"{there} {', '.join(sorted(known))}"
    return f"there is no signal {excerpt(name)}; {instead}"


def read_one(model: type[ModelT], payloads: Sequence[RawValue], converter: PayloadConverter) -> ModelT | str:
    """Return the one payload as ``model``, or in one line why it is none."""
    if len(payloads) != 1:
        return f"it takes exactly one {model.__name__}, not {len(payloads) or 'none'}"
    payload = payloads[0].payload
    if words := why_unreadable(payload):
        return words
    if payload.metadata["encoding"] != JSON:
        return f"it takes exactly one {model.__name__}, as JSON"
    try:
        return converter.from_payload(payload, model)
    except ValidationError as error:
        return one_line(error)
