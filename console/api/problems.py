"""Problems as RFC 9457 has them: https://www.rfc-editor.org/rfc/rfc9457."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from starlette.responses import JSONResponse

from workflows.shared.errors import (
    AlreadyExistsError,
    CallError,
    ClosedError,
    DisconnectedError,
    NoAnswerError,
    NotFoundError,
    PausedError,
    RefusedError,
    UnknownItemError,
)
from workflows.shared.inputs import printable, words_of
from workflows.shared.refusals import INVALID_REQUEST

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:tconsole:problem:"
RETRY_SECONDS = 1
MAX_DETAIL = 1_000
"""Characters."""

TITLES = {
    400: "Malformed request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Refused",
    413: "Too large",
    422: "Does not fit",
    429: "Too many requests",
    503: "No answer",
}


class ProblemError(Exception):
    """What is answered instead: ``kind`` is its type for programs, ``errors`` name fields."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "",
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.errors = status, detail, kind, errors
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, Any]:
        """The document."""
        title = TITLES.get(self.status, "Failed")
        kind = self.kind or title.title().replace(" ", "")
        document: dict[str, Any] = {
            "type": f"{TYPE_PREFIX}{kind}",
            "title": title,
            "status": self.status,
            "detail": printable(self.detail, MAX_DETAIL),
        }
        return document | ({"errors": list(self.errors)} if self.errors else {})

    @property
    def response(self) -> JSONResponse:
        """The response."""
        return JSONResponse(self.body, self.status, self.headers, MEDIA_TYPE)


def problem_of(error: CallError) -> ProblemError:
    """Return the problem of a call that failed, in the workflow's own words and with its type."""
    words = str(error)
    match error:
        case NotFoundError():
            return ProblemError(404, words)
        case UnknownItemError(kind=kind):
            return ProblemError(404, words, kind=kind)
        case RefusedError(kind=kind):
            return ProblemError(422 if kind == INVALID_REQUEST else 409, words, kind=kind)
        case AlreadyExistsError() | ClosedError() | PausedError():
            return ProblemError(409, words, kind=type(error).__name__.removesuffix("Error"))
        case NoAnswerError() | DisconnectedError():
            kind = type(error).__name__.removesuffix("Error")
            return ProblemError(503, words, kind=kind, headers={"Retry-After": str(RETRY_SECONDS)})
        case _:
            return ProblemError(409, words)


def misfit(error: ValidationError) -> ProblemError:
    """Return the problem of a body that does not fit its model."""
    errors = [{"field": ".".join(map(str, each["loc"])), "detail": words_of(each)} for each in error.errors()]
    detail = "; ".join(f"{each['field']}: {each['detail']}" if each["field"] else each["detail"] for each in errors)
    return ProblemError(422, detail, kind=INVALID_REQUEST, errors=errors)
