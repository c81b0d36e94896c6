"""What a workflow is sent: what does not fit is refused in one line, and changes nothing."""

from typing import Any, Self

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.shared.fields import ID_PATTERN, ID_RULE, Payload

INVALID_REQUEST = "InvalidRequest"
"""Type of the refusal when a field is missing, unknown or wrong."""


class Message(Payload):
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
            raise ApplicationError(one_line(error), type=INVALID_REQUEST, non_retryable=True) from None


def one_line(error: ValidationError) -> str:
    """Return what is wrong as ``approver: Input should be a valid string; reason: Field required``."""
    lines = []
    for each in error.errors(include_url=False, include_input=False):
        field = ".".join(map(str, each["loc"]))
        message = each["msg"].removeprefix("Value error, ")
        if each.get("ctx", {}).get("pattern") == ID_PATTERN:
            message = ID_RULE
        lines.append(f"{field}: {message}" if field else message)
    return "; ".join(lines)


ASK_AGAIN = "the worker that had this workflow has gone; ask again in some seconds"
"""What a worker answers to a query that it cannot answer in time."""
