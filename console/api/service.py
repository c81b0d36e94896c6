"""What all ports share: the connection, who may call, how often, and what has been answered."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.client import Client

from console.api.kept import HEADER, KeptAnswer, KeptAnswers, call_id_of
from console.api.problems import MEDIA_TYPE, ProblemError, misfit, problem_of
from console.api.requests import read_body
from console.api.tokens import caller_of
from console.gateway.budget import CallBudget
from console.gateway.gateway import Gateway
from console.start.once import gateway_of
from workflows.runtime.console_settings import ApiToken
from workflows.shared.errors import CallError
from workflows.shared.identity.acting import act_for

MAX_CALLERS = 10_000
PAGE = 200
ANONYMOUS = "anonymous"
PROOF_DIGITS = 16
"""Of a token's hash, in what is signed for its operator."""
FIRST_PROBLEM = 400
FINAL = 500
"""Answers from this status on may be others the next time, and are not kept; nor is one that came too often."""


@dataclass
class Service:
    """One process. ``alone`` is who acts where no token is asked for."""

    client: Client
    tokens: list[ApiToken]
    kept: KeptAnswers
    prepare: Callable[[Gateway], None]
    """Gives a new gateway its journal."""
    alone: ApiToken | None = None
    rate: float = 50.0
    """Calls a second of one token."""
    read_only: bool = False
    address: str = ""
    _budgets: OrderedDict[str, CallBudget] = field(default_factory=OrderedDict)

    def caller(self, request: Request, system: str) -> ApiToken:
        """Return who calls. Raises ``ProblemError`` if they may not, or call too often."""
        caller = self.alone or caller_of(request.headers.get("authorization"), self.tokens)
        if self.alone is not None:
            _refuse_other_sites(request)
        self._spend(caller)
        if caller.systems is not None and system not in caller.systems:
            raise ProblemError(403, f"the token of {caller.operator} is not for {system}")
        if request.method not in {"GET", "HEAD"} and (caller.read_only or self.read_only):
            raise ProblemError(
                403, f"the token of {caller.operator} may only read" if caller.read_only else "this server is read-only"
            )
        act_for(caller.operator, "http", f"token {caller.sha256[:PROOF_DIGITS]}")
        return caller

    def gateway(self, caller: ApiToken) -> Gateway:
        """Return a gateway of one who acts."""
        gateway = gateway_of(self.client, caller.operator, PAGE, self.address)
        self.prepare(gateway)
        return gateway

    async def once(
        self, request: Request, caller: ApiToken, work: Callable[[bytes, str | None], Awaitable[Response]]
    ) -> Response:
        """Answer a request that changes something: once for each ``Idempotency-Key``.

        ``work`` gets the body and the ID of the call, None if the request has no key.
        """
        body = await read_body(request)
        key = request.headers.get(HEADER)
        if key is None:
            return await work(body, None)
        call_id = call_id_of(caller.operator, f"{request.method} {request.scope['path']}", key)
        known = await asyncio.to_thread(self.kept.begin, call_id, body)
        if known is not None:
            return _response(known)
        answer: KeptAnswer | None = None
        try:
            response = await answered(work(body, call_id))
            if response.status_code < FINAL:
                location = response.headers.get("location")
                answer = KeptAnswer(response.status_code, bytes(response.body), location)
        finally:
            await asyncio.shield(asyncio.to_thread(self.kept.end, call_id, answer))
        return response

    async def ready(self) -> Response:
        """Return whether the server answers."""
        gateway = gateway_of(self.client, self.alone.operator if self.alone else "", PAGE, self.address)
        try:
            await gateway.list_page("WorkflowId = 'tconsole-readyz'", size=1)
        except CallError as error:
            return problem_of(error).response
        return JSONResponse({"status": "ready"})

    def _spend(self, caller: ApiToken) -> None:
        budget = self._budgets.setdefault(caller.sha256, CallBudget(self.rate, burst=2 * self.rate))
        self._budgets.move_to_end(caller.sha256)
        if len(self._budgets) > MAX_CALLERS:
            self._budgets.popitem(last=False)
        if not budget.take():
            words = f"more than {self.rate:g} requests a second; wait a second"
            raise ProblemError(429, words, headers={"Retry-After": "1"})


async def answered(work: Awaitable[Response]) -> Response:
    """Return the response, or the problem that came instead."""
    try:
        return await work
    except ProblemError as problem:
        return problem.response
    except CallError as error:
        return problem_of(error).response
    except ValidationError as error:
        return misfit(error).response


def _response(answer: KeptAnswer) -> Response:
    kind = "application/json" if answer.status < FIRST_PROBLEM else MEDIA_TYPE
    headers = {"Idempotent-Replay": "true"} | ({"Location": answer.location} if answer.location else {})
    return Response(answer.content, answer.status, headers, kind)


def _refuse_other_sites(request: Request) -> None:
    """Refuse what another site's page has a browser send, where no token proves who calls.

    Raises:
        ProblemError: the request names a host that is none of this machine's, or comes from a page.
    """
    host = request.url.hostname or ""
    if host not in {"localhost", "127.0.0.1", "::1", "[::1]"}:
        raise ProblemError(403, "without tokens this server answers only as localhost")
    if request.headers.get("origin"):
        raise ProblemError(403, "without tokens this server answers no page of a browser")
