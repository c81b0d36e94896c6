"""What a request says: who calls, and a body of bounded size that is a JSON object."""

import json
from typing import Any

from starlette.requests import Request

from console.api.problems import ProblemError

MAX_BODY = 1_000_000
"""Bytes. Temporal takes payloads of 2 MB; what it becomes in a history is larger than what was sent."""

JSON = "application/json"
RESPOND_ASYNC = "respond-async"


async def read_body(request: Request) -> bytes:
    """Return the body. Raises ``ProblemError`` for one that is too large, and reads no further."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BODY:
        raise _too_large()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise _too_large()
        parts.append(part)
    return b"".join(parts)


def parse_object(request: Request, body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; an empty one has no fields.

    A browser sends no JSON to another site's server without asking it first, so no page can act here.

    Raises:
        ProblemError: it is no JSON object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON and (body or kind):
        raise ProblemError(400, f"send the body as Content-Type: {JSON}")
    if not body:
        return {}
    try:
        value = json.loads(body)
    except UnicodeDecodeError:
        raise ProblemError(400, "the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ProblemError(
            400, f"the body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    except (RecursionError, ValueError):
        raise ProblemError(400, "the body is not JSON that can be read: it is nested too deeply") from None
    if not isinstance(value, dict):
        raise ProblemError(400, f"the body must be a JSON object; it is {type(value).__name__}")
    return value


def wants_no_answer(request: Request) -> bool:
    """Return whether the caller prefers not to wait for what becomes of it, as RFC 7240 has it."""
    preferences = ",".join(request.headers.getlist("prefer")).split(",")
    return any(each.partition(";")[0].strip().lower() == RESPOND_ASYNC for each in preferences)


def _too_large() -> ProblemError:
    return ProblemError(413, f"the body has more than {MAX_BODY:,} bytes", headers={"Connection": "close"})
