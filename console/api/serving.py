"""Serves the three ports in one process, until it is told to stop."""

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn

from console.api.kept import NAME, KeptAnswers
from console.api.registry import APPS
from console.api.service import ANONYMOUS, Service
from console.gateway.gateway import Gateway
from console.journal import NAME as JOURNAL
from console.journal.book import Journal
from console.start.once import API, Connected, connected
from console.start.state import LaunchError
from console.start.who import login
from console.twin.writing import tell
from workflows.runtime.connection import NoServerError
from workflows.runtime.console_settings import ApiToken, ConsoleSettings
from workflows.runtime.profile import ProfileError

REFUSED, WRONG_USAGE, NO_SERVER = 1, 2, 3
"""Exit codes."""
GRACE_SECONDS = 10
"""How long requests that are under way may take once it is told to stop."""

NO_TOKENS = (
    "nobody may call: the settings have no api_tokens. Make one with `uv run tconsole api token NAME`,"
    " or try it out on this machine alone with --insecure-no-auth"
)


@dataclass(frozen=True)
class ApiOptions:
    """What the command line says."""

    host: str
    ports: Mapping[str, int]
    """By the names of the applications."""
    authenticate: bool
    rate: float
    read_only: bool
    demo: bool


def serve(options: ApiOptions, settings: ConsoleSettings) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit code, after one line if it cannot."""
    try:
        _check(options, settings)
        asyncio.run(_serve(options, settings))
    except ProfileError as error:
        tell(str(error))
        return WRONG_USAGE
    except NoServerError as error:
        tell(str(error))
        return NO_SERVER
    except LaunchError as error:
        tell(str(error))
        return error.code
    return 0


def _check(options: ApiOptions, settings: ConsoleSettings) -> None:
    if not options.authenticate and not _is_loopback(options.host):
        raise LaunchError(f"--insecure-no-auth is for this machine alone, and {options.host} is not", WRONG_USAGE)
    if not options.authenticate and settings.identity == "signed":
        raise LaunchError("--insecure-no-auth proves nobody's identity, and TCONSOLE_IDENTITY is signed", WRONG_USAGE)
    if options.authenticate and not settings.api_tokens:
        raise LaunchError(NO_TOKENS, REFUSED)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve(options: ApiOptions, settings: ConsoleSettings) -> None:
    found = await connected(settings, role=API, demo=options.demo)
    service = service_of(options, found)
    servers = [_Server(_config(options, name, service)) for name in APPS]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, servers)
    try:
        await asyncio.gather(*(server.serve() for server in servers), _say_ready(options, servers))
    except SystemExit:  # uvicorn has said why, such as a port that is taken
        _stop(servers)
        ports = ", ".join(map(str, options.ports.values()))
        raise LaunchError(
            f"it cannot listen on {options.host}, ports {ports}: one is taken, or not allowed", REFUSED
        ) from None


def service_of(options: ApiOptions, found: Connected) -> Service:
    """Return what all ports share."""
    settings = found.settings

    journal = Journal(settings.data_dir / JOURNAL)  # one connection: many would wait for each other

    def prepare(gateway: Gateway) -> None:
        gateway.journal = journal
        gateway.journal_trouble = lambda words: tell(words) if words else None

    alone = None
    if not options.authenticate:
        operator = settings.operator or login(demo=options.demo)
        alone = ApiToken(sha256="0" * 64, operator=operator or ANONYMOUS)
    return Service(
        found.client,
        settings.api_tokens,
        KeptAnswers(settings.data_dir / NAME),
        prepare,
        alone=alone,
        rate=options.rate,
        read_only=options.read_only or settings.read_only,
        address=found.address,
    )


def _config(options: ApiOptions, name: str, service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        APPS[name](service),
        host=options.host,
        port=options.ports[name],
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def _say_ready(options: ApiOptions, servers: list["_Server"]) -> None:
    while not all(server.started for server in servers):
        if any(server.should_exit for server in servers):
            return
        await asyncio.sleep(0.02)
    places = ", ".join(f"{name} http://{options.host}:{port}" for name, port in options.ports.items())
    tell(f"ready: {places}")


def _stop(servers: list["_Server"]) -> None:
    for server in servers:
        server.should_exit = True


class _Server(uvicorn.Server):
    """One of several in a process, which stops when the process is told to."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield
