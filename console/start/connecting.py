"""Makes the client for a server, and sees that namespace and search attributes are there."""

import asyncio
import logging
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError, RPCStatusCode

from console.start.state import LaunchError
from workflows.runtime.connection import NoServerError, connect, connect_or_explain
from workflows.runtime.embedded import EmbeddedServer
from workflows.runtime.identity import own_identity
from workflows.runtime.search_attributes import ensure_search_attributes
from workflows.shared.client import CALL_TIMEOUT

log = logging.getLogger(__name__)

NO_SERVER = 3
ROLE = "console"
RETENTION = timedelta(days=30)
"""How long an embedded server keeps closed workflows, at least."""
READY_SECONDS = 20.0
RETRY_SECONDS = 0.05


async def connect_given(profile: ClientConfigProfile) -> Client:
    """Connect to a server that somebody else runs.

    Raises:
        LaunchError: it cannot be worked with.
    """
    try:
        return await connect_or_explain(profile, identity=own_identity(ROLE))
    except NoServerError as error:
        raise LaunchError(str(error), NO_SERVER) from error


async def connect_embedded(server: EmbeddedServer, namespace: str) -> Client:
    """Connect to an embedded server that has just been reported, and see that it has the namespace.

    Raises:
        LaunchError: it does not answer, although it was reported.
    """
    profile = ClientConfigProfile(address=server.address, namespace=namespace)
    client = await connect(profile, identity=own_identity(ROLE), lazy=True)
    try:
        await _ensure_namespace(client)
    except (RPCError, RuntimeError, TimeoutError) as error:  # a connection that cannot be made is a RuntimeError
        log.warning("the embedded server at %s: %s", server.address, error)
        raise LaunchError(f"the embedded server at {server.address} does not answer", NO_SERVER) from error
    return client


async def find_search_attributes(client: Client) -> bool | None:
    """Return whether the namespace knows the search attributes, after registering them if we may; None: no answer."""
    try:
        return await ensure_search_attributes(client)
    except RPCError:
        return None


async def _ensure_namespace(client: Client) -> None:
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    try:
        found = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=CALL_TIMEOUT
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        await _register_namespace(client, retention)
        return
    if found.config.workflow_execution_retention_ttl.ToTimedelta() < RETENTION:  # the server's own choice is a day
        config = NamespaceConfig(workflow_execution_retention_ttl=retention)
        await client.workflow_service.update_namespace(
            UpdateNamespaceRequest(namespace=client.namespace, config=config)
        )


async def _register_namespace(client: Client, retention: Duration) -> None:
    request = RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=retention)
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:  # another process was faster
            raise
    async with asyncio.timeout(READY_SECONDS):
        while not await _is_known(client):  # noqa: ASYNC110 - nobody tells us of it
            await asyncio.sleep(RETRY_SECONDS)


async def _is_known(client: Client) -> bool:
    """Return whether every part of the server has heard of the namespace: that it was unknown is remembered a while."""
    try:
        await client.count_workflows()
        await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True
