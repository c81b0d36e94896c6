"""The supervisor as a process: what it needs to start, what ends it, and its exit code."""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from temporalio.client import Client
from temporalio.service import RPCError

from workers.settings.base import WorkerSettings
from workers.settings.check import check_settings
from workers.store.databases import masked, parse_store_url
from workers.store.errors import StoreError, UnfitStoreError
from workers.store.identity import read_store_ids
from workers.store.migrate import exists, open_store
from workers.supervisor.log_filters import install_log_filters
from workers.supervisor.lost_store import refuse_lost_store
from workers.supervisor.reporting import report_always, report_failure
from workers.supervisor.signals import stop_on_signals
from workers.supervisor.store_file import watch_store_file
from workers.supervisor.store_mismatch import watch_store_mismatch, worker_identity
from workers.supervisor.supervisor import Supervisor
from workers.system import AnySystem, fill_sample, open_systems
from workflows.runtime.background import POLL_INTERVAL, PRIVATE, Background, yield_processor
from workflows.runtime.connection import NoServerError, connect_or_explain
from workflows.runtime.embedded import LOGS
from workflows.runtime.exit import exit_process
from workflows.runtime.find_server import find_server
from workflows.runtime.health import SupervisorOptions
from workflows.runtime.identity import own_identity
from workflows.runtime.logs import log_core, log_to_file, log_to_stdout
from workflows.runtime.profile import ProfileError
from workflows.runtime.search_attributes import ensure_search_attributes
from workflows.runtime.settings import SettingsError, setting_source
from workflows.runtime.signing import SIGNER, WORKERS
from workflows.shared.identity.current import IDENTITY
from workflows.shared.zones import RULES_VERSION

log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE, NO_WORKER = 0, 1, 2, 3
"""Exit codes. After `WRONG_USAGE` no console starts the supervisor again: it would end in the same way."""

HANG_SECONDS = 30.0
"""After the drain; a process that takes longer hangs."""

FULL_COLLECTION_AFTER = 100
"""Collections of the second generation before one of all objects; Python's default is 10."""


def main(options: SupervisorOptions, systems: Sequence[AnySystem]) -> int:
    """Run the supervisor until it is told to stop; return the exit code, after one clear line if it cannot start."""
    background = Background(Path(options.folder), options.name) if options.name else None
    code = DONE
    error: Exception | None = None
    try:
        settings = check_settings(lambda: [system.settings for system in systems])
        _use_identity(settings, demo=options.demo)
        if background:
            yield_processor()
            settings.data_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            log_to_file(settings.data_dir / LOGS / "workers.log")
        else:
            log_to_stdout()
        log_core()
        install_log_filters()
        asyncio.run(_main(settings, systems, background, demo=options.demo))
    except (SettingsError, ProfileError, UnfitStoreError) as unusable:
        code, error = WRONG_USAGE, unusable
    except (NoServerError, StoreError, RPCError, OSError) as missing:
        code, error = NO_WORKER, missing
    except Exception as unexpected:
        log.exception("unexpected end")
        code, error = FAILED, unexpected
    if error is not None:
        _say(" ".join(str(error).split()) or type(error).__name__, background, final=code == WRONG_USAGE)
    elif background:
        background.state.unlink(missing_ok=True)
    return code


def _use_identity(settings: WorkerSettings, *, demo: bool) -> None:
    """Judge messages by the settings, and sign as the workers. Raises ``SettingsError``."""
    if demo and settings.identity == "signed":
        raise SettingsError(f"{setting_source('identity')}: the people of a demo have no keys; leave it out, or `open`")
    SIGNER.use(WORKERS)
    IDENTITY.use(settings.identity, settings.resolved_operators_file)
    if settings.identity == "signed":
        SIGNER.key()


def _say(line: str, background: Background | None, *, final: bool) -> None:
    sys.stderr.write(f"tconsole: {line}\n")
    if background:
        report_failure(background, line, final=final)


async def _main(
    settings: WorkerSettings, systems: Sequence[AnySystem], background: Background | None, *, demo: bool
) -> None:
    stop = stop_on_signals(background=background is not None)
    async with AsyncExitStack() as stack:
        if background:
            seconds = settings.drain_seconds + HANG_SECONDS
            await stack.enter_async_context(_beside(_stop_when_abandoned(background, stop, seconds)))
        queues = [system.task_queue for system in systems]
        if not await exists(settings.resolved_store_url):
            await _refuse_new_store(settings, queues, demo=demo)
        store = await open_store(settings.resolved_store_url)
        stack.push_async_callback(store.close)
        ids = await store.read(read_store_ids)
        profile = find_server(settings, demo=demo, workers=True)
        client = await connect_or_explain(profile, identity=worker_identity(ids.own, store.url))
        registered = await _search_attributes(client)
        await refuse_lost_store(client, queues, ids, store.masked_url, registered=registered)

        def end(line: str) -> NoReturn:
            log.error("%s", line)
            _say(line, background, final=True)
            exit_process(WRONG_USAGE)

        await stack.enter_async_context(_beside(watch_store_file(store, stop, end)))
        opened = await stack.enter_async_context(open_systems(systems, store))
        if demo:
            await fill_sample(systems, store)  # before a worker answers: nobody is to be told of an empty directory
        drain = timedelta(seconds=settings.drain_seconds)
        supervisor = Supervisor(client, store, opened, drain=drain, registered=registered)
        if background:
            reporting = report_always(background, supervisor.report, supervisor.board.changed)
            await stack.enter_async_context(_beside(reporting))
        watching = watch_store_mismatch(client, queues, supervisor.board)
        await stack.enter_async_context(_beside(watching))
        log.info("time zones follow tzdata %s", RULES_VERSION)
        _collect_seldom()
        await supervisor.run(stop, demo=demo)
    log.info("stopped")


def _collect_seldom() -> None:
    """Leave what was imported out of garbage collection, and go through the cached workflows less often.

    A full collection goes through all of them, and was a twelfth of the processor time of a busy worker.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], FULL_COLLECTION_AFTER)


async def _refuse_new_store(settings: WorkerSettings, queues: Sequence[str], *, demo: bool) -> None:
    """Look before a store is made. Raises ``UnfitStoreError`` as `refuse_lost_store`."""
    client = await connect_or_explain(find_server(settings, demo=demo, workers=True), identity=own_identity("store"))
    where = masked(parse_store_url(settings.resolved_store_url))
    await refuse_lost_store(client, queues, None, where, registered=await _search_attributes(client))


async def _search_attributes(client: Client) -> bool:
    registered = await ensure_search_attributes(client)
    if not registered:
        log.warning(
            "the namespace %s does not let us register search attributes: lists cannot be read from it,"
            " and consoles ask each workflow instead",
            client.namespace,
        )
    return registered


async def _stop_when_abandoned(background: Background, stop: asyncio.Event, seconds: float) -> None:
    """Set ``stop`` when the last console has left, and end the process if it has not ended by itself after that."""
    while not background.is_abandoned():  # noqa: ASYNC110 - the kernel does not tell of it
        await asyncio.sleep(POLL_INTERVAL)
    log.info("the last console has left: stopping")
    stop.set()
    last_resort = threading.Timer(seconds, exit_process, [FAILED])
    last_resort.daemon = True
    last_resort.start()


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do the work beside the block, and end it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
