"""An application: the routes of some systems, with what every application has."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from console.api.problems import ProblemError
from console.api.routes import Routes
from console.api.schema import with_models
from console.api.service import Service
from console.twin.faces import commands_of, known_view, system_named

VERSION = "1"


def system_routes(service: Service, name: str) -> Routes:
    """Return what every system has."""
    routes = Routes(service, system_named(name), known_view(name))
    routes.add_list()
    routes.add_actions()
    routes.add_events()
    routes.add_commands(commands_of(name))
    return routes


def application(service: Service, title: str, *every: Routes) -> ASGIApp:
    """Return an application with these routes, its health and its OpenAPI."""
    app = FastAPI(title=f"tconsole: {title}", version=VERSION, docs_url=None, redoc_url=None)
    for routes in every:
        app.include_router(routes.router)

    async def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def ready() -> Response:
        return await service.ready()

    app.add_api_route("/healthz", alive, summary="Whether the process lives")
    app.add_api_route("/readyz", ready, summary="Whether the server answers", response_model=None)
    app.add_exception_handler(HTTPException, _problem)
    app.add_exception_handler(Exception, _unexpected)
    document = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            models = [model for routes in every for model in routes.models]
            app.openapi_schema = with_models(document(), models)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it
    return RawPaths(app)


class RawPaths:
    """Has an application route paths as they were sent: an ID may have slashes, percent-encoded."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            scope = {**scope, "path": raw.partition(b"?")[0].decode("latin-1")}
        await self.app(scope, receive, send)


async def _problem(_: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    words = {404: "there is no such path", 405: "this path does not take this method"}.get(status, str(error))
    return ProblemError(status, words, headers=getattr(error, "headers", None)).response


async def _unexpected(_: Request, __: Exception) -> Response:
    return ProblemError(500, "something unexpected went wrong; the log has it").response
