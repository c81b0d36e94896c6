"""Campaigns and users over HTTP."""

from starlette.types import ASGIApp

from console.api.apps import application, system_routes
from console.api.service import Service
from console.systems.campaigns import sender_calls
from console.systems.campaigns.commands import SET_POLICY, SET_PREFERENCES
from workflows.campaigns.models import ReleaseSend, SendRequest


def campaigns_app(service: Service) -> ASGIApp:
    """Return campaigns and users."""
    campaigns, users = system_routes(service, "campaigns"), system_routes(service, "users")
    campaigns.add_read("", "Show a campaign", lambda client, ident: client.get_progress(ident))
    users.add_read("", "Show a user", lambda client, ident: client.known_state(ident))
    users.add_question("/can-send", "What a send would be answered", sender_calls.can_send, sender_calls.CAN_SEND)
    users.add_call("/{ident}/reserve-send", "Reserve a send", SendRequest, sender_calls.reserve_send)
    users.add_call("/{ident}/release-send", "Give a reservation back", ReleaseSend, sender_calls.release_send)
    users.add_command("/{ident}/preferences", SET_PREFERENCES, "PUT")
    users.add_command("/{ident}/policy", SET_POLICY, "PUT")
    return application(service, "Campaigns", campaigns, users)
