"""Approvals over HTTP."""

from starlette.types import ASGIApp

from console.api.apps import application, system_routes
from console.api.service import Service


def approvals_app(service: Service) -> ASGIApp:
    """Return approvals."""
    routes = system_routes(service, "approvals")
    routes.add_read("", "Show a request", lambda client, ident: client.get_state(ident))
    routes.add_read("/audit-trail", "Its audit trail", lambda client, ident: client.get_audit_trail(ident))
    routes.add_read("/explain", "Who must still act", lambda client, ident: client.explain(ident))
    return application(service, "Approvals", routes)
