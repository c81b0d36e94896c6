"""Baseline of everything that needs a server: `temporal server start-dev` alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from tests.benchmarks.place import Place
from tests.support.eventually import eventually
from workflows.runtime.embedded import LOOPBACK, answers

POLL_INTERVAL = 0.005
CALL_TIMEOUT = timedelta(seconds=1)


@contextmanager
def bare_server(place: Place) -> Iterator[str]:
    """Run a server on the place's state, without waiting for it, and yield its address."""
    command = place.server_command()
    with command.log.open("ab") as log, place.running(*command.arguments(), output=log):
        yield f"{LOOPBACK}:{place.port}"


async def healthy(address: str) -> Client:
    """Return a client as soon as the server's front end says that it serves."""
    port = int(address.rpartition(":")[2])
    await eventually(lambda: answers(LOOPBACK, port), interval=POLL_INTERVAL)
    client = await Client.connect(address, data_converter=pydantic_data_converter, lazy=True)
    # It takes connections before it takes calls; the first of all fails as a RuntimeError then.
    await eventually(
        lambda: client.service_client.check_health(timeout=CALL_TIMEOUT),
        ignoring=(RPCError, RuntimeError),
        interval=POLL_INTERVAL,
    )
    return client


async def listing(address: str) -> Client:
    """Return a client as soon as the server lists workflows; it may serve before it knows its search attributes."""
    client = await healthy(address)
    await eventually(client.count_workflows, ignoring=(RPCError,), interval=POLL_INTERVAL)
    return client
