"""Guards against input that the data converter lets through: none at all, ``null``, or more than one payload.

Payloads that do not fit their model are caught by pydantic before a handler is called; these are not, and would
make the workflow task fail for ever.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.shared.fields import Payload
from workflows.shared.messages import INVALID_REQUEST

ValidatorT = TypeVar("ValidatorT", bound=Callable[..., None])
WorkflowT = TypeVar("WorkflowT")
PayloadT = TypeVar("PayloadT")
Handler = Callable[[WorkflowT, PayloadT], None]
Decorator = Callable[[Handler[WorkflowT, PayloadT]], Handler[WorkflowT, PayloadT]]


def drop_misfits(model: type[PayloadT]) -> Decorator[Any, PayloadT]:
    """Let a signal handler, which must not raise, see exactly one ``model`` and drop anything else."""

    def decorate(handler: Handler[WorkflowT, PayloadT]) -> Handler[WorkflowT, PayloadT]:
        @functools.wraps(handler)
        def guarded(self: WorkflowT, *payloads: Any) -> None:  # noqa: ANN401 - whatever was sent
            if len(payloads) == 1 and isinstance(payloads[0], model):
                handler(self, payloads[0])
            else:
                workflow.logger.warning("dropped signal %s: it takes one %s", handler.__name__, model.__name__)

        return guarded

    return decorate


def refuse_misfits(model: type[PayloadT]) -> Decorator[Any, PayloadT]:
    """Let a workflow's ``__init__`` see exactly one ``model``, and fail the workflow at once with anything else."""

    def decorate(init: Handler[WorkflowT, PayloadT]) -> Handler[WorkflowT, PayloadT]:
        @functools.wraps(init)
        def guarded(self: WorkflowT, *payloads: Any) -> None:  # noqa: ANN401 - whatever it was started with
            if len(payloads) != 1 or not isinstance(payloads[0], model):
                raise ApplicationError(
                    f"the workflow takes exactly one {model.__name__} as its input", type=INVALID_REQUEST
                )
            init(self, payloads[0])

        return guarded

    return decorate


def takes_one(model: type[Payload]) -> Callable[[ValidatorT], ValidatorT]:
    """Let an update's validator refuse what gets past pydantic, too: no payload, ``null``, or several."""

    def decorate(validator: ValidatorT) -> ValidatorT:
        @functools.wraps(validator)
        def guarded(self: object, *payloads: object) -> None:
            if len(payloads) != 1 or not isinstance(payloads[0], model):
                raise ApplicationError(f"it takes exactly one {model.__name__}", type=INVALID_REQUEST)
            validator(self, payloads[0])

        return cast("ValidatorT", guarded)

    return decorate
