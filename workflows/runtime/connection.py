"""Connection of every process to Temporal, configured like Temporal's own tools: flags, environment, profiles."""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError, RPCStatusCode

from workflows.runtime.converter import DATA_CONVERTER
from workflows.runtime.identity import own_identity
from workflows.runtime.settings import Settings, SettingsError, read_settings
from workflows.shared.command_lines import command_line

DEFAULT_ADDRESS = "localhost:7233"
DEFAULT_NAMESPACE = "default"
CONNECT_SECONDS = 10.0
"""Timeout for a server to answer."""
RETRY_SECONDS = 0.1
PROBE_SECONDS = 3.0
"""Timeout for a process at the default address to prove that it is Temporal."""


class NoServerError(Exception):
    """There is no usable server at the address. The text is one line for people, with what to do next."""


class UnknownNamespaceError(NoServerError):
    """The server answers, and has no such namespace."""


async def connect(profile: ClientConfigProfile, *, identity: str, lazy: bool = False) -> Client:
    """Connect with the pydantic data converter that all payloads need.

    What the client sends is signed, where messages must be.

    Raises ``RuntimeError`` when nothing answers (never with ``lazy``), ``OSError`` for an unreadable key file,
    ``SettingsError`` when there is no key to sign with.
    """
    config = profile.to_client_connect_config()
    config["target_host"] = profile.address or DEFAULT_ADDRESS
    config["namespace"] = profile.namespace or DEFAULT_NAMESPACE
    return await Client.connect(
        **config,
        data_converter=DATA_CONVERTER,
        interceptors=_interceptors(config["namespace"]),
        identity=identity,
        lazy=lazy,
    )


def _interceptors(namespace: str) -> Sequence[Interceptor]:
    """Return what signs, where messages must be signed. Raises ``SettingsError`` without a key."""
    if read_settings(Settings).identity == "open":
        return ()
    from workflows.runtime.signing import SIGNER, SigningInterceptor

    SIGNER.key()
    return (SigningInterceptor(namespace),)


async def connect_or_explain(
    profile: ClientConfigProfile, *, identity: str, seconds: float = CONNECT_SECONDS
) -> Client:
    """Connect, and check credentials and namespace. Raises ``NoServerError``."""
    address = profile.address or DEFAULT_ADDRESS
    try:
        async with asyncio.timeout(seconds):
            client = await _connect_when_healthy(profile, identity)
            await _check_namespace(client, address)
    except SettingsError as error:
        raise NoServerError(str(error)) from error
    except OSError as error:  # TimeoutError is one too
        if error.filename:
            text = f"{error.filename} cannot be read: {error.strerror}; correct the TLS options"
            raise NoServerError(text) from error
        raise NoServerError(_no_answer(address, f"nothing came within {seconds:.0f} s")) from error
    except (RuntimeError, ValueError) as error:
        if "Unauthenticated" in str(error):
            raise NoServerError(_refused(address, _root_cause(str(error)))) from error
        raise NoServerError(_no_answer(address, _root_cause(str(error)))) from error
    return client


async def _connect_when_healthy(profile: ClientConfigProfile, identity: str) -> Client:
    """Connect; wait while the server is starting."""
    while True:
        try:
            return await connect(profile, identity=identity)
        except RuntimeError as error:
            if "not healthy yet" not in str(error):
                raise
            await asyncio.sleep(RETRY_SECONDS)


async def is_temporal(profile: ClientConfigProfile) -> bool:
    """Return whether a Temporal server answers, even if it refuses the credentials."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await connect(profile, identity=own_identity("probe"))
    except (RuntimeError, OSError, ValueError) as error:
        return "Unauthenticated" in str(error) or "PermissionDenied" in str(error)
    return True


async def _check_namespace(client: Client, address: str) -> None:
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=CONNECT_SECONDS))
    except RPCError as error:
        match error.status:
            case RPCStatusCode.NOT_FOUND:
                create = command_line("temporal", "operator", "namespace", "create", "--namespace", client.namespace)
                text = (
                    f"the server at {address} has no namespace {client.namespace!r}; choose another with --namespace,"
                    f" or create it: {create}"
                )
                raise UnknownNamespaceError(text) from error
            case RPCStatusCode.UNAUTHENTICATED:
                raise NoServerError(_refused(address, error.message)) from error
            case RPCStatusCode.UNAVAILABLE | RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
                raise NoServerError(_no_answer(address, error.message)) from error
            case _:  # the permission to describe a namespace is not needed to work in it
                return


def _no_answer(address: str, reason: str) -> str:
    return (
        f"no Temporal server answers at {address} ({reason}); start it, correct the address"
        " (--address, TEMPORAL_ADDRESS or the profile), or give none to use an embedded server"
    )


def _refused(address: str, reason: str) -> str:
    return f"the server at {address} refuses the credentials ({reason}); check --api-key and the TLS options"


def _root_cause(text: str) -> str:
    """Return the innermost reason of a nested transport error."""
    reasons = re.findall(r'(?:message: |error: |")([^":{}]{4,}?)"', text) or re.findall(r"[^:]+$", text)
    return reasons[-1].strip() if reasons else text
