"""Finds the server of a process that nobody gave an address."""

from dataclasses import replace

from temporalio.envconfig import ClientConfigProfile

from workflows.runtime.connection import NoServerError
from workflows.runtime.embedded import RUN, others_answer, read_server, server_process
from workflows.runtime.profile import load_profile
from workflows.runtime.server_owner import why_not_ours
from workflows.runtime.settings import Settings


def find_server(settings: Settings, *, demo: bool = False, workers: bool = False) -> ClientConfigProfile:
    """Return how to connect: to the address that was given, to a running embedded server, or to the default address.

    A ``demo`` never takes a server that happens to answer at the default address; ``workers`` take one only if it
    serves their data folder, and all others only if it is this user's.

    Raises:
        ValueError: the Temporal configuration is not usable.
        NoServerError: no address was given, and no server runs where one could be without.
    """
    profile = load_profile()
    if profile.address:
        return profile
    process = server_process(settings.data_dir / RUN)
    embedded = read_server(process)
    if embedded and embedded.address and process.is_running():
        # It has neither keys nor certificates, whatever the profile holds for others.
        return ClientConfigProfile(address=embedded.address, namespace=profile.namespace)
    if not demo and others_answer(settings.data_dir, settings.server_port):
        whose = why_not_ours(settings.server_port, settings.data_dir, workers=workers)
        if whose is not None:
            raise NoServerError(not_ours(settings.server_port, whose, workers=workers))
        return replace(profile, address=f"localhost:{settings.server_port}")
    if demo:
        raise NoServerError("the demo does not run; start `uv run tconsole --demo`, or give the --address of yours")
    raise NoServerError(
        f"there is no Temporal server: no address was given, none answers at localhost:{settings.server_port}, and no"
        f" embedded server runs in {settings.data_dir}; give --address, or start `uv run tconsole`, which"
        " brings its own"
    )


def not_ours(port: int, whose: str, *, workers: bool) -> str:
    """Return why a server that answers at the default port is not used unasked, for people."""
    why = "and nothing says that it serves this data folder" if workers else "and not yours"
    return (
        f"a server answers at localhost:{port}, {why} (it is {whose}); give --address localhost:{port} to use it, or"
        " set TCONSOLE_SERVER_PORT to another port for a server of your own"
    )
