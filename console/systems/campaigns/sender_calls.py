"""Calls over HTTP for senders, who reserve with a user's actor."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.api.problems import ProblemError
from console.api.routes import ident_of
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.models import ReleaseSend, SendRequest, StartUserActor

TEXTS = ("send_id", "campaign_id", "channel")
PARAMETERS = (*TEXTS, "tags", "priority", "transactional")
BOOLEANS = {"true": True, "false": False}
ASKED = "can-send"
"""Send and campaign of a question that names none."""

CAN_SEND: dict[str, Any] = {
    "parameters": [
        *({"name": name, "in": "query", "schema": {"type": "string"}} for name in (*TEXTS, "tags")),
        {"name": "priority", "in": "query", "schema": {"type": "integer"}},
        {"name": "transactional", "in": "query", "schema": {"type": "boolean"}},
    ]
}


async def can_send(client: UserActorsClient, request: Request) -> Response:
    """Return what a send would be answered; it reserves nothing."""
    decision = await client.known_decision(ident_of(request), _send_of(request))
    return JSONResponse(decision.model_dump(mode="json"))


async def reserve_send(client: UserActorsClient, request: Request, send: SendRequest) -> Response:
    """Decide and count one send."""
    decision = await client.reserve_send(StartUserActor(user_id=ident_of(request)), send)
    return JSONResponse(decision.model_dump(mode="json"))


async def release_send(client: UserActorsClient, request: Request, release: ReleaseSend) -> Response:
    """Give a reservation back."""
    released = await client.release_send(ident_of(request), release)
    return JSONResponse(released.model_dump(mode="json"))


def _send_of(request: Request) -> SendRequest:
    given = request.query_params
    unknown = [name for name in given if name not in PARAMETERS]
    if unknown:
        raise ProblemError(400, f"{unknown[0]} is no parameter; known are {', '.join(PARAMETERS)}")
    values: dict[str, object] = {"send_id": ASKED, "campaign_id": ASKED}
    values |= {name: given[name] for name in TEXTS if name in given}
    values["tags"] = [tag for text in given.getlist("tags") for tag in text.split(",") if tag.strip()]
    if (priority := given.get("priority")) is not None:
        values["priority"] = int(priority) if priority.isascii() and priority.isdigit() else priority
    if (transactional := given.get("transactional")) is not None:
        values["transactional"] = BOOLEANS.get(transactional.lower(), transactional)
    return SendRequest.model_validate(values)
