"""What a workflow is sent: input that does not fit its model is refused in one line, and changes nothing.

Pydantic never sees a missing payload, ``null`` or several: :class:`SingleInputStart` and the interceptor refuse those.
Signals are read by `workflows.shared.signals`.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ParamSpec, Self, TypeVar

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails
from temporalio import workflow
from temporalio.workflow import UpdateMethodMultiParam

from workflows.shared.fields import Payload
from workflows.shared.refusals import INVALID_REQUEST, Refusal, refuse

P = ParamSpec("P")
R = TypeVar("R")


class Input(Payload):
    """A start or an update. Outside of a workflow it is an ordinary model, with pydantic's own errors.

    Model validators of subclasses run outside of this one: a subclass checks in field validators.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_in_one_line(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - JSON
        try:
            return handler(data)
        except ValidationError as error:
            if not (workflow.in_workflow() or workflow.unsafe.in_sandbox()):  # a start is read before it is in one
                raise
            raise Refusal(INVALID_REQUEST, one_line(error)).error from None


class SingleInputStart:
    """Base of a workflow whose ``__init__`` takes its input: the SDK calls that before any interceptor."""

    def __new__(cls, *payloads: object) -> Self:
        """Raise ``InvalidRequest`` unless there is one payload of the model."""
        refuse(why_not_single(cls.__init__, payloads))
        return super().__new__(cls)


def why_not_single(method: Callable[..., Any], payloads: Sequence[object]) -> Refusal | None:
    """Return why ``payloads`` are not the model that ``method`` takes; one that takes no model may have any."""
    model = _single_model(method)
    if model is None or (len(payloads) == 1 and isinstance(payloads[0], model)):
        return None
    return Refusal(INVALID_REQUEST, f"it takes exactly one {model.model_config.get('title') or model.__name__}")


@cache
def _single_model(method: Callable[..., Any]) -> type[BaseModel] | None:
    """Return the model that a method takes and nothing else; reading a signature costs a fiftieth of an order."""
    _, *parameters = inspect.signature(method).parameters.values()
    model = parameters[0].annotation if len(parameters) == 1 else None
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def accepts_all(update: UpdateMethodMultiParam[P, R]) -> UpdateMethodMultiParam[P, R]:
    """Give an update a validator: without one the SDK accepts it before the interceptor sees its payloads."""

    def accept(*_args: P.args, **_kwargs: P.kwargs) -> None:
        """Accept it."""

    accept.__signature__ = inspect.signature(update)  # type: ignore[attr-defined]  # the SDK compares the two
    update.validator(accept)
    return update


MAX_EXCERPT = 40
MAX_LINE = 400
"""Characters. What was sent may be megabytes; what is said about it is one line."""


def one_line(error: ValidationError) -> str:
    """Return what is wrong as ``approver: Input should be a valid string, not 7; reason: Field required``."""
    lines = []
    for each in error.errors(include_url=False):
        field = ".".join(map(str, each["loc"]))
        lines.append(f"{field}: {words_of(each)}" if field else words_of(each))
    return printable("; ".join(lines), MAX_LINE)


def words_of(detail: ErrorDetails) -> str:
    """Return what is wrong with one field, without its name."""
    message = detail["msg"].removeprefix("Value error, ")
    if message.startswith("Input should be") and isinstance(detail["input"], str | int | float):
        message += f", not {excerpt(detail['input'])}"
    return message


def excerpt(given: str | float) -> str:
    """Return the beginning of what was sent, a text in quotes."""
    if isinstance(given, str):
        return f"'{printable(given, MAX_EXCERPT)}'"
    return printable(str(given).lower(), MAX_EXCERPT)  # true, as JSON has it


def printable(text: str, limit: int) -> str:
    """Return the beginning of a text from outside, without control characters."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)
