"""Guards against input that the data converter lets through: none at all, ``null``, or more than one payload.

Payloads that do not fit their model are caught by pydantic before a handler is called; these are not, and would
make the workflow task fail for ever.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

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
                    f"the workflow takes exactly one {model.__name__} as its input", type="InvalidRequest"
                )
            init(self, payloads[0])

        return guarded

    return decorate
