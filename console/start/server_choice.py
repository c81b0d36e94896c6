"""Which server to use: the one that was given, one that answers at the default address, or an embedded one.

The demo never takes one that happens to answer.
"""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from platformdirs import user_config_path

from console.start.demo import names_a_server
from console.start.options import LaunchOptions
from console.start.state import LaunchError
from workflows.runtime.embedded import others_answer
from workflows.runtime.logs import log_core

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigProfile

WRONG_USAGE, NO_SERVER = 2, 3


@dataclass(frozen=True)
class Given:
    """A server that somebody else runs; ``found`` if nobody named it, but it answered at the default address."""

    profile: "ClientConfigProfile"
    found: bool = False


@dataclass(frozen=True)
class Embedded:
    """The embedded server of the data folder."""

    namespace: str


async def find_server(options: LaunchOptions) -> Given | Embedded:
    """Decide which server to use.

    Raises:
        LaunchError: what was given contradicts itself or cannot be read, or a server answers that is not ours.
    """
    if _is_embedded_for_sure(options):
        # The usual case is decided without temporalio, whose import takes as long as the server's start.
        return Embedded(os.environ.get("TEMPORAL_NAMESPACE") or "default")
    log_core()  # the probe is this process's first client
    return await _find_with_profile(options)


def _is_embedded_for_sure(options: LaunchOptions) -> bool:
    if options.demo:
        return not names_a_server()
    return _nothing_is_given() and (options.ephemeral or not others_answer(options.data_dir, options.server_port))


def _nothing_is_given() -> bool:
    """Return whether environment and file name no server; they may name a namespace."""
    named = {name for name, value in os.environ.items() if name.startswith("TEMPORAL_") and value}
    return named <= {"TEMPORAL_NAMESPACE"} and not (user_config_path("temporalio") / "temporal.toml").exists()


async def _find_with_profile(options: LaunchOptions) -> Given | Embedded:
    from workflows.runtime.connection import DEFAULT_NAMESPACE, is_temporal
    from workflows.runtime.profile import ProfileError, load_profile

    try:
        profile = load_profile()
    except ProfileError as error:
        raise LaunchError(str(error), WRONG_USAGE) from error
    embedded = Embedded(profile.namespace or DEFAULT_NAMESPACE)
    if options.ephemeral:
        if profile.address:
            raise LaunchError(
                f"--ephemeral starts a server of its own, but the address {profile.address} is given;"
                " leave one of the two out (TEMPORAL_ADDRESS and profiles count as well)",
                WRONG_USAGE,
            )
        return embedded
    if profile.address:
        return Given(profile)
    if options.demo:
        return embedded
    there = replace(profile, address=f"localhost:{options.server_port}")
    if others_answer(options.data_dir, options.server_port) and await is_temporal(there):
        _check_owner(options)
        return Given(there, found=True)
    if profile.api_key or profile.tls:
        raise LaunchError(
            f"an API key or TLS options are given, but no address, and nothing answers at {there.address};"
            " add --address HOST:PORT, or leave them out to use an embedded server",
            WRONG_USAGE,
        )
    return embedded


def _check_owner(options: LaunchOptions) -> None:
    """Look whose server answers at the default port. Raises ``LaunchError``."""
    from workflows.runtime.find_server import not_ours
    from workflows.runtime.server_owner import why_not_ours

    whose = why_not_ours(options.server_port, options.data_dir, workers=options.workers)
    if whose is not None:
        raise LaunchError(not_ours(options.server_port, whose, workers=options.workers), NO_SERVER)
