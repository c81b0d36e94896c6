"""A gateway for a command that asks once and leaves: no session, no screen, no workers of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from console.gateway.gateway import Gateway
from console.journal import NAME as JOURNAL
from console.start.signing import prepare_signing
from console.start.state import LaunchError, Server, SessionState
from console.start.who import login
from workflows.runtime.connection import DEFAULT_ADDRESS, NoServerError, connect_or_explain
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.embedded import demo_folder
from workflows.runtime.find_server import find_server
from workflows.runtime.identity import own_identity
from workflows.runtime.profile import ProfileError
from workflows.shared.errors import AlreadyExistsError, CallError, DisconnectedError, NoAnswerError, PausedError

if TYPE_CHECKING:
    from temporalio.client import Client

AnswerT = TypeVar("AnswerT")

REFUSED, WRONG_USAGE, NO_SERVER = 1, 2, 3
"""Exit codes."""

API, HTTP = "api", "http"
"""Role of the process that serves HTTP, and as whom it signs."""

NO_ATTRIBUTES = "the namespace lacks the search attributes: uv run tconsole doctor says how to add them"


@dataclass(frozen=True)
class _Connection:
    client: "Client"
    state: SessionState


def exit_code(error: CallError) -> int:
    """Return the exit code of a call that failed: a no is told from no answer."""
    no_answer = isinstance(error, DisconnectedError | NoAnswerError) and not isinstance(error, PausedError)
    return NO_SERVER if no_answer and not isinstance(error, AlreadyExistsError) else REFUSED


def ask(
    settings: ConsoleSettings,
    work: Callable[[Gateway], Awaitable[AnswerT]],
    *,
    role: str,
    demo: bool,
    page_size: int,
) -> AnswerT:
    """Connect, do the work with a gateway, and return what it returns. ``role`` names the process to the server.

    Raises:
        LaunchError: there is no server, or a call failed that the work did not handle.
    """

    async def _work() -> AnswerT:
        return await work(await _open(settings, role=role, demo=demo, page_size=page_size))

    try:
        return asyncio.run(_work())
    except ProfileError as error:
        raise LaunchError(str(error), WRONG_USAGE) from error
    except NoServerError as error:
        raise LaunchError(str(error), NO_SERVER) from error
    except CallError as error:
        raise LaunchError(str(error), exit_code(error)) from error


class Connected(NamedTuple):
    """A connection, its server's address, and the settings with the data folder that goes with it."""

    client: "Client"
    address: str
    settings: ConsoleSettings


async def connected(settings: ConsoleSettings, *, role: str, demo: bool) -> Connected:
    """Connect to the server of the settings.

    Raises:
        ProfileError: the Temporal configuration is not usable.
        NoServerError: there is no server, or it does not answer.
        LaunchError: messages must be signed, and there is no key.
    """
    if demo:
        settings = settings.model_copy(update={"data_dir": demo_folder(settings.data_dir)})
    profile = find_server(settings, demo=demo)
    prepare_signing(settings, HTTP if role == API else None)
    client = await connect_or_explain(profile, identity=own_identity(role))
    return Connected(client, profile.address or DEFAULT_ADDRESS, settings)


async def _open(settings: ConsoleSettings, *, role: str, demo: bool, page_size: int) -> Gateway:
    client, address, settings = await connected(settings, role=role, demo=demo)
    gateway = gateway_of(client, settings.operator or login(demo=demo), page_size, address)
    gateway.journal_path = settings.data_dir / JOURNAL
    return gateway


def gateway_of(client: "Client", operator: str, page_size: int, address: str = "") -> Gateway:
    """Return a gateway on a client, for one who acts."""
    state = SessionState(Server(address, client.namespace, None, embedded=False))
    return Gateway(_Connection(client, state), operator=operator, page_size=page_size)


async def need_attributes(gateway: Gateway) -> None:
    """Check that lists can be read.

    Raises:
        LaunchError: the namespace lacks the search attributes.
    """
    if not await gateway.knows_attributes():
        raise LaunchError(NO_ATTRIBUTES, REFUSED)
