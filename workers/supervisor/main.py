"""The supervisor as a process: what it needs to start, what ends it, and its exit code."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError

from workers.registry import SYSTEMS
from workers.services import open_services
from workers.settings import ServiceSettings
from workers.store.engine import Store
from workers.store.errors import StoreError, UnfitStoreError
from workers.store.sample import fill_sample
from workers.supervisor.finding import find_server
from workers.supervisor.log_filters import quieten
from workers.supervisor.options import RunOptions
from workers.supervisor.reporting import report_always
from workers.supervisor.signals import stop_on_signals
from workers.supervisor.store_mismatch import watch_neighbours, worker_identity
from workers.supervisor.supervisor import Supervisor
from workflows.runtime.connection import NoServerError, ProfileError, connect_or_explain
from workflows.runtime.embedded import LOGS, PRIVATE
from workflows.runtime.logs import log_core, log_to_file, log_to_stdout
from workflows.runtime.parent import until_parent_ends
from workflows.runtime.search_attributes import ensure_search_attributes
from workflows.runtime.settings import SettingsError, read_settings

log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE, NO_WORKER = 0, 1, 2, 3
"""Exit codes. After `WRONG_USAGE` the console does not start the supervisor again: it would end in the same way."""


def main(options: RunOptions) -> int:
    """Run the supervisor until it is told to stop; return the exit code, after one clear line if it cannot start."""
    try:
        settings = read_settings(ServiceSettings)
        if options.report:
            settings.data_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            log_to_file(settings.data_dir / LOGS / "workers.log")
        else:
            log_to_stdout()
        log_core()
        quieten()
        asyncio.run(_main(settings, options))
    except (SettingsError, ProfileError, UnfitStoreError) as error:
        return _cannot_run(error, WRONG_USAGE)
    except (NoServerError, StoreError, RPCError, OSError) as error:
        return _cannot_run(error, NO_WORKER)
    except Exception as error:
        log.exception("unexpected end")
        return _cannot_run(error, FAILED)
    return DONE


async def _main(settings: ServiceSettings, options: RunOptions) -> None:
    stop = stop_on_signals()
    async with AsyncExitStack() as stack:
        if options.report:
            await stack.enter_async_context(_beside(_stop_with_parent(stop)))
        client = await connect_or_explain(find_server(settings), identity=worker_identity(settings.resolved_store_url))
        services = await stack.enter_async_context(open_services(settings))
        if options.demo:
            await fill_sample(services.store)  # before a worker answers: nobody is to be told of an empty directory
        supervisor = Supervisor(client, services, settings, SYSTEMS, registered=await _search_attributes(client))
        if options.report:
            await stack.enter_async_context(_beside(report_always(supervisor.report, supervisor.board.changed)))
        queues = [system.task_queue for system in SYSTEMS]
        watching = watch_neighbours(client, queues, services.store.url, supervisor.board)
        await stack.enter_async_context(_beside(watching))
        await supervisor.run(stop, partial(_demo, client, services.store) if options.demo else None)
    log.info("stopped")


async def _search_attributes(client: Client) -> bool:
    registered = await ensure_search_attributes(client)
    if not registered:
        log.warning(
            "the namespace %s does not let us register search attributes: lists cannot be read from it,"
            " and consoles ask each workflow instead",
            client.namespace,
        )
    return registered


async def _demo(client: Client, store: Store) -> None:
    from workers.demo import run_demo

    await run_demo(client, store)


async def _stop_with_parent(stop: asyncio.Event) -> None:
    await until_parent_ends()
    log.info("the console has gone: stopping")
    stop.set()


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do the work beside the block, and end it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _cannot_run(error: Exception, code: int) -> int:
    line = " ".join(str(error).split()) or type(error).__name__
    sys.stderr.write(f"tconsole: {line}\n")
    return code
