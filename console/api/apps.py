"""The three applications: orders and payments, approvals, campaigns and users."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from console.api import calls
from console.api.problems import ProblemError
from console.api.routes import Routes
from console.api.schema import with_models
from console.api.service import Service
from console.systems.campaigns.commands import SET_POLICY, SET_PREFERENCES
from console.twin.faces import commands_of, known_view, system_named
from workflows.campaigns.models import ReleaseSend, SendRequest
from workflows.orders.payment_intake.models import PaymentRequest

VERSION = "1"


def orders_app(service: Service) -> ASGIApp:
    """Return orders and payments."""
    orders, payments = _routes(service, "orders"), _routes(service, "payments")
    orders.add_read("", "Show an order", lambda client, ident: client.get_order(ident))
    orders.add_read("/status", "Its status in short", lambda client, ident: client.get_status(ident))
    orders.add_read(
        "/delivery-estimate", "When it should arrive", lambda client, ident: client.get_delivery_estimate(ident)
    )
    payments.add_read("", "Show a payment", lambda client, ident: client.get_payment(ident))
    payments.add_call("", "Take a payment that a gateway captured", PaymentRequest, calls.take_payment)
    return _app(service, "Orders", orders, payments)


def approvals_app(service: Service) -> ASGIApp:
    """Return approvals."""
    routes = _routes(service, "approvals")
    routes.add_read("", "Show a request", lambda client, ident: client.get_state(ident))
    routes.add_read("/audit-trail", "Its audit trail", lambda client, ident: client.get_audit_trail(ident))
    routes.add_read("/explain", "Who must still act", lambda client, ident: client.explain(ident))
    return _app(service, "Approvals", routes)


def campaigns_app(service: Service) -> ASGIApp:
    """Return campaigns and users."""
    campaigns, users = _routes(service, "campaigns"), _routes(service, "users")
    campaigns.add_read("", "Show a campaign", lambda client, ident: client.get_progress(ident))
    users.add_read("", "Show a user", lambda client, ident: client.known_state(ident))
    users.add_question("/can-send", "What a send would be answered", calls.can_send, calls.CAN_SEND)
    users.add_call("/{ident}/reserve-send", "Reserve a send", SendRequest, calls.reserve_send)
    users.add_call("/{ident}/release-send", "Give a reservation back", ReleaseSend, calls.release_send)
    users.add_command("/{ident}/preferences", SET_PREFERENCES, "PUT")
    users.add_command("/{ident}/policy", SET_POLICY, "PUT")
    return _app(service, "Campaigns", campaigns, users)


APPS = {"orders": orders_app, "approvals": approvals_app, "campaigns": campaigns_app}


def _routes(service: Service, name: str) -> Routes:
    """Return what every system has."""
    routes = Routes(service, system_named(name), known_view(name))
    routes.add_list()
    routes.add_actions()
    routes.add_events()
    routes.add_commands(commands_of(name))
    return routes


def _app(service: Service, title: str, *every: Routes) -> ASGIApp:
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
