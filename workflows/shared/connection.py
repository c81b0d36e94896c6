"""How every process connects to Temporal: as Temporal's own tools do, from flags, environment and profiles."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfigProfile

DEFAULT_ADDRESS = "localhost:7233"
DEFAULT_NAMESPACE = "default"


def load_profile() -> ClientConfigProfile:
    """Return the profile that ``TEMPORAL_PROFILE``, the TOML file and the ``TEMPORAL_…`` variables describe.

    Command-line flags are laid over the environment before this is called, so their order is the one of
    Temporal's own tools: flag, then environment, then file.

    Raises:
        ValueError: when the file cannot be read or has no such profile.
    """
    try:
        return ClientConfigProfile.load()
    except RuntimeError as error:
        raise ValueError(f"the Temporal configuration is not usable: {error}") from error


async def connect(profile: ClientConfigProfile, *, identity: str, lazy: bool = False) -> Client:
    """Connect as ``profile`` says, with the pydantic data converter that all payloads need.

    Raises:
        RuntimeError: when nothing answers at the address (never with ``lazy``).
    """
    config = profile.to_client_connect_config()
    config["target_host"] = profile.address or DEFAULT_ADDRESS
    config["namespace"] = profile.namespace or DEFAULT_NAMESPACE
    return await Client.connect(**config, data_converter=pydantic_data_converter, identity=identity, lazy=lazy)
