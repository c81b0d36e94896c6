"""Turning to another server or namespace while the console runs."""

from collections.abc import Sequence
from dataclasses import replace

from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError

from console.start import connecting
from console.start.state import LaunchError, Server, SessionState
from console.start.web_ui import find_web_ui
from console.start.workers import who_polls
from workflows.runtime.connection import DEFAULT_NAMESPACE
from workflows.runtime.pollers import live_pollers
from workflows.runtime.profile import ProfileError, load_named_profile

WRONG_USAGE = 2


async def connect_to(
    name: str, namespace: str, current: ClientConfigProfile | None, state: SessionState, task_queues: Sequence[str]
) -> tuple[Client, SessionState, ClientConfigProfile]:
    """Connect to what a profile leads to, or to another namespace of the ``current`` one; ``state`` is shown now.

    Raises:
        LaunchError: it cannot be worked with.
    """
    try:
        profile = load_named_profile(name) if name else current
    except ProfileError as error:
        raise LaunchError(str(error), WRONG_USAGE) from error
    if profile is None:  # an embedded server
        profile = ClientConfigProfile(address=state.server.address)
    if name and not profile.address:
        raise LaunchError(f"profile {name!r} names no address, so there is nothing to turn to", WRONG_USAGE)
    profile = replace(profile, namespace=namespace or profile.namespace or DEFAULT_NAMESPACE)
    client = await connecting.connect_given(profile)
    address = client.service_client.config.target_host
    whose = f"profile {name}" if name else "another namespace"
    server = Server(address, client.namespace, find_web_ui(address), embedded=False, whose=whose)
    found = await connecting.find_search_attributes(client)
    workers = await _workers(client, task_queues)
    return client, SessionState(server, workers=workers, search_attributes=found), profile


async def _workers(client: Client, task_queues: Sequence[str]) -> str:
    """Return who polls there: this console starts no workers but its own server's."""
    try:
        return who_polls({queue: bool(await live_pollers(client, queue)) for queue in task_queues})
    except RPCError:
        return ""
