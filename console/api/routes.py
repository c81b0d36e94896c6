"""The routes that every system has: list, one item, what may be done, and one for each command."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.api.acting import act, post
from console.api.events import events
from console.api.listing import list_rows, parameters_schema
from console.api.requests import JSON, parse_object, wants_no_answer
from console.api.schema import body_of, command_body
from console.api.service import Service, answered
from console.commands.command import AnyCommand
from console.systems.system import ConsoleSystem
from console.twin.faces import KnownView
from workflows.runtime.console_settings import ApiToken
from workflows.shared.actions import Viewer

Ask = Callable[[Any, str], Awaitable[BaseModel]]
"""Asks a domain client about an ID."""

Endpoint = Callable[[Request], Awaitable[Response]]
Call = Callable[[Any, Request, Any], Awaitable[Response]]
"""Makes a call of a domain client with a payload."""


class PlainRoute(APIRoute):
    """A route whose endpoint takes the request itself: FastAPI describes it, and does no more."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint."""
        return self.endpoint


class Routes:
    """The routes of one system under ``/name``."""

    def __init__(self, service: Service, system: ConsoleSystem[Any, Any], known: KnownView | None = None) -> None:
        self.service, self.system, self.known = service, system, known
        self.models: list[type[BaseModel]] = []
        """Of bodies."""
        self.router = APIRouter(prefix=f"/{system.name}", tags=[system.title], route_class=PlainRoute)

    def add_list(self) -> None:
        """Add the list of all."""

        async def rows(request: Request) -> Response:
            async def work() -> Response:
                caller = self.service.caller(request, self.system.name)
                return JSONResponse(await list_rows(self.service.gateway(caller), self.system, request.query_params))

            return await answered(work())

        self._add("", rows, "GET", f"List {self.system.name}", openapi_extra=parameters_schema())

    def add_read(self, path: str, summary: str, ask: Ask) -> None:
        """Add what a domain client tells of an ID."""

        async def one(request: Request) -> Response:
            async def work() -> Response:
                caller = self.service.caller(request, self.system.name)
                client = self.service.gateway(caller).domain(self.system.client)
                answer = await ask(client, ident_of(request))
                return Response(answer.model_dump_json(), media_type=JSON)

            return await answered(work())

        self._add(f"/{{ident}}{path}", one, "GET", summary)

    def add_question(
        self, path: str, summary: str, ask: Callable[[Any, Request], Awaitable[Response]], schema: dict[str, Any]
    ) -> None:
        """Add a question whose parameters ``ask`` reads."""

        async def question(request: Request) -> Response:
            async def work() -> Response:
                caller = self.service.caller(request, self.system.name)
                return await ask(self.service.gateway(caller).domain(self.system.client), request)

            return await answered(work())

        self._add(f"/{{ident}}{path}", question, "GET", summary, openapi_extra=schema)

    def add_actions(self) -> None:
        """Add what the caller may do to an ID now."""

        async def actions(request: Request) -> Response:
            async def work() -> Response:
                caller = self.service.caller(request, self.system.name)
                client = self.service.gateway(caller).domain(self.system.client)
                workflow_id = f"{self.system.kind.id_prefix}{ident_of(request)}"
                found = await client.get_actions(workflow_id, Viewer(person=caller.operator))
                return JSONResponse([action.model_dump(mode="json") for action in found])

            return await answered(work())

        self._add("/{ident}/actions", actions, "GET", "What you may do now, and why not")

    def add_events(self) -> None:
        """Add the changes of an ID as they happen."""

        async def follow(request: Request) -> Response:
            async def work() -> Response:
                caller = self.service.caller(request, self.system.name)
                gateway = self.service.gateway(caller)
                return await events(gateway, self.system, ident_of(request), self.known, request)

            return await answered(work())

        self._add("/{ident}/events", follow, "GET", "Its changes, as server-sent events")

    def add_commands(self, commands: dict[str, AnyCommand]) -> None:
        """Add a route for each command by its word."""
        for word, command in commands.items():
            path = "" if command.creates else f"/{{ident}}/{word}"
            self.add_command(path, command, "POST")

    def add_command(self, path: str, command: AnyCommand, method: str) -> None:
        """Add the route of a command."""

        async def command_route(request: Request) -> Response:
            async def work() -> Response:
                caller = self.service.caller(request, self.system.name)
                return await self.service.once(
                    request, caller, lambda body, call_id: self._act(request, caller, command, body, call_id)
                )

            return await answered(work())

        self.models.append(command.payload)
        status = 201 if command.creates else 200
        self._add(path, command_route, method, command.title, status_code=status, openapi_extra=command_body(command))

    def add_call(self, path: str, summary: str, model: type[BaseModel], call: Call) -> None:
        """Add a call of the domain client for programs, which is no operator's action."""

        async def send(request: Request) -> Response:
            async def ask(body: bytes, _: str | None) -> Response:
                payload = model.model_validate(parse_object(request, body))
                return await call(self.system.client(self.service.client), request, payload)

            async def work() -> Response:
                caller = self.service.caller(request, self.system.name)
                return await self.service.once(request, caller, ask)

            return await answered(work())

        self.models.append(model)
        self._add(path, send, "POST", summary, status_code=201 if not path else 200, openapi_extra=body_of(model))

    async def _act(
        self, request: Request, caller: ApiToken, command: AnyCommand, body: bytes, call_id: str | None
    ) -> Response:
        gateway, ident = self.service.gateway(caller), "" if command.creates else ident_of(request)
        given = parse_object(request, body)
        if command.post is not None and wants_no_answer(request):
            return await post(gateway, self.system, command, ident, given, call_id=call_id)
        return await act(gateway, self.system, command, ident, given, call_id=call_id, known=self.known)

    def _add(
        self,
        path: str,
        endpoint: Endpoint,
        method: str,
        summary: str,
        *,
        status_code: int = 200,
        openapi_extra: dict[str, Any] | None = None,
    ) -> None:
        self.router.add_api_route(
            path,
            endpoint,
            methods=[method],
            summary=summary,
            response_model=None,
            name=f"{method} {self.system.name}{path}",
            status_code=status_code,
            openapi_extra=openapi_extra,
        )


def ident_of(request: Request) -> str:
    """Return the ID in a path, which may have slashes, percent-encoded."""
    return unquote(request.path_params["ident"])
