"""Baseline of everything that needs a server: `temporal server start-dev` alone."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from tests.benchmarks.place import Place
from workflows.runtime.embedded import LOOPBACK, answers

TIMEOUT_SECONDS = 60.0
POLL_INTERVAL = 0.005
CALL_TIMEOUT = timedelta(seconds=1)


@contextmanager
def bare_server(place: Place) -> Iterator[str]:
    """Run a server on the place's state, without waiting for it, and yield its address."""
    command = place.server_command()
    with command.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            command.arguments(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=place.environment()
        )
    try:
        yield f"{LOOPBACK}:{place.port}"
    finally:
        process.terminate()
        process.wait()


async def healthy(address: str) -> Client:
    """Return a client as soon as the server's front end says that it serves.

    Raises:
        TimeoutError: it does not within ``TIMEOUT_SECONDS``.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    port = int(address.rpartition(":")[2])
    while time.monotonic() < deadline:
        if answers(LOOPBACK, port):
            client = await Client.connect(address, data_converter=pydantic_data_converter, lazy=True)
            try:
                if await client.service_client.check_health(timeout=CALL_TIMEOUT):
                    return client
            except (RPCError, RuntimeError):
                pass  # it takes connections before it takes calls; the first of all fails as a RuntimeError then
        await asyncio.sleep(POLL_INTERVAL)
    raise TimeoutError(f"the server at {address} did not answer within {TIMEOUT_SECONDS:.0f} s")


async def listing(address: str) -> Client:
    """Return a client as soon as the server lists workflows; it may serve before it knows its search attributes.

    Raises:
        TimeoutError: it does not within ``TIMEOUT_SECONDS``.
    """
    client = await healthy(address)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            try:
                await client.count_workflows()
            except RPCError:
                await asyncio.sleep(POLL_INTERVAL)
            else:
                return client
