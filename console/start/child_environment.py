"""How child processes learn where the server is: through Temporal's own environment variables."""

import os

PREFIX = "TEMPORAL_"


def given_environment(address: str) -> dict[str, str]:
    """Return the environment for a child that works with the server that the user has: keys are passed on in it."""
    return {**os.environ, "TEMPORAL_ADDRESS": address}


def embedded_environment(address: str, namespace: str) -> dict[str, str]:
    """Return the environment for a child that works with an embedded server.

    That one has neither key nor certificate: whatever variables and profiles say of other servers is left out.
    """
    rest = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {
        **rest,
        "TEMPORAL_ADDRESS": address,
        "TEMPORAL_NAMESPACE": namespace,
        "TEMPORAL_CONFIG_FILE": os.devnull,
    }
