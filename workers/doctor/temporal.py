"""Looks at the Temporal server: namespace, search attributes, and who polls."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError

from workers.doctor.limit import CHECK_SECONDS, within_limit
from workers.doctor.result import ATTRIBUTES, NAMESPACE, SERVER, WORKERS, Result, one_line
from workers.doctor.sharing import Seen
from workers.settings.base import WorkerSettings
from workflows.runtime.connection import (
    DEFAULT_ADDRESS,
    DEFAULT_NAMESPACE,
    NoServerError,
    UnknownNamespaceError,
    connect_or_explain,
)
from workflows.runtime.embedded import RUN, read_server, server_process
from workflows.runtime.find_server import find_server
from workflows.runtime.identity import own_identity
from workflows.runtime.pollers import seen_pollers
from workflows.runtime.search_attributes import TYPES, missing_search_attributes
from workflows.shared.command_lines import command_line

OPEN = ", for every user of this machine: the system gives it no network of its own"
"""What is to know of an embedded server behind open doors."""
START = f"start the workers: {command_line('tconsole', '--workers-only')}"


async def check_temporal(settings: WorkerSettings, task_queues: Sequence[str], seen: Seen) -> list[Result]:
    """Check the server of the settings, and all that is on it.

    Raises:
        ProfileError: the connection's configuration is not usable.
    """
    try:
        profile = await asyncio.to_thread(find_server, settings)
    except NoServerError as error:
        return [_wrong(SERVER, error), *_unknown(NAMESPACE, ATTRIBUTES, WORKERS)]
    address, namespace = profile.address or DEFAULT_ADDRESS, profile.namespace or DEFAULT_NAMESPACE
    answers = Result(
        SERVER, "fine", f"a Temporal server answers at {one_line(address)}{_reached_by(settings, address)}"
    )
    try:
        client = await connect_or_explain(profile, identity=own_identity("doctor"), seconds=CHECK_SECONDS)
    except UnknownNamespaceError as error:
        return [answers, _wrong(NAMESPACE, error), *_unknown(ATTRIBUTES, WORKERS, without="namespace")]
    except NoServerError as error:
        return [_wrong(SERVER, error), *_unknown(NAMESPACE, ATTRIBUTES, WORKERS)]
    looked = await asyncio.gather(
        within_limit(ATTRIBUTES, _check_attributes(client, profile)),
        within_limit(WORKERS, _check_workers(client, task_queues, seen)),
    )
    return [answers, Result(NAMESPACE, "fine", one_line(namespace)), *looked]


async def _check_attributes(client: Client, profile: ClientConfigProfile) -> Result:
    try:
        missing = await missing_search_attributes(client)
    except RPCError as error:
        words = f"they cannot be listed: {one_line(error.message)}"
        return Result(ATTRIBUTES, "wrong", words, "give these credentials the permission to list search attributes")
    return attributes_result(missing, profile.address or DEFAULT_ADDRESS, client.namespace)


def attributes_result(missing: Collection[str], address: str, namespace: str) -> Result:
    """Return the finding about the search attributes that are not registered, or with another type."""
    if not missing:
        return Result(ATTRIBUTES, "fine", f"all {len(TYPES)} are registered")
    create = ["operator", "search-attribute", "create", "--address", address, "--namespace", namespace]
    for name in sorted(missing):
        kind = IndexedValueType.Name(TYPES[name]).removeprefix("INDEXED_VALUE_TYPE_").title().replace("_", "")
        create += ["--name", name, "--type", kind]
    command = command_line("temporal", *create)
    words = f"not registered, or with another type: {', '.join(sorted(missing))}"
    return Result(ATTRIBUTES, "wrong", words, f"start the workers, which register them where they may, or: {command}")


async def _check_workers(client: Client, task_queues: Sequence[str], seen: Seen) -> Result:
    try:
        found = await asyncio.gather(*(seen_pollers(client, queue) for queue in task_queues))
    except RPCError as error:
        words = f"nobody can say who polls: {one_line(error.message)}"
        return Result(WORKERS, "wrong", words, "give these credentials the permission to describe task queues")
    seen.workers.update(*found)
    return workers_result(dict(zip(task_queues, found, strict=True)))


def workers_result(pollers: Mapping[str, Collection[str]]) -> Result:
    """Return the finding about the workers that poll each task queue."""
    idle = [queue for queue, workers in pollers.items() if not workers]
    if idle:
        return Result(WORKERS, "wrong", f"nobody polls {', '.join(idle)}", START)
    return Result(WORKERS, "fine", ", ".join(f"{len(workers)} on {queue}" for queue, workers in pollers.items()))


def _reached_by(settings: WorkerSettings, address: str) -> str:
    """Return who reaches the embedded server of the data folder; empty if it is another server."""
    server = read_server(server_process(settings.data_dir / RUN))
    if server is None or server.address != address:
        return ""
    return ", for this user alone" if server.private else OPEN


def _wrong(check: str, error: NoServerError) -> Result:
    words, _, remedy = one_line(error).partition("; ")
    return Result(check, "wrong", words, remedy)


def _unknown(*checks: str, without: str = "server") -> list[Result]:
    return [Result(check, "wrong", f"unknown without the {without}") for check in checks]
