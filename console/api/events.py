"""Changes of one item as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from console.api.problems import problem_of
from console.gateway.gateway import Gateway
from console.systems.system import ConsoleSystem
from console.twin.faces import KnownView
from console.twin.reading import Known, changes, read
from workflows.shared.errors import CallError
from workflows.shared.json_text import json_text

HEARTBEAT_SECONDS = 15.0
"""Proxies close a connection on which nothing comes."""

ENDED = "event: end\ndata: {}\n\n"
BEAT = ": \n\n"


async def events(
    gateway: Gateway, system: ConsoleSystem[Any, Any], ident: str, known: KnownView | None, request: Request
) -> Response:
    """Return what is known of an ID, and then each change until it ends, as events. Raises ``CallError``."""
    first = await read(gateway, system, ident, known)
    stream = _written(gateway, system, ident, first, request)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _written(
    gateway: Gateway, system: ConsoleSystem[Any, Any], ident: str, first: Known, request: Request
) -> AsyncIterator[str]:
    yield _event(first)
    if first.snapshot is None:
        yield ENDED
        return
    following = changes(gateway, system, ident, first)
    waiting = asyncio.ensure_future(anext(following))
    try:
        while not await request.is_disconnected():
            done, _ = await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS)
            if not done:
                yield BEAT
                continue
            yield _event(waiting.result())
            waiting = asyncio.ensure_future(anext(following))
    except StopAsyncIteration:
        yield ENDED
    except CallError as error:
        yield f"event: problem\ndata: {json_text(problem_of(error).body)}\n\n"
    finally:
        waiting.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration, CallError):
            await waiting


def _event(known: Known) -> str:
    number = known.snapshot.history_length if known.snapshot is not None else 0
    return f"id: {number}\nevent: change\ndata: {json_text(known.view.model_dump(mode='json'))}\n\n"
