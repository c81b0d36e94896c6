"""Runs the console: opens the session, shows the screen, and leaves the session."""

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.start.options import LaunchOptions
from console.start.session import Session
from console.start.signing import prepare_signing
from console.start.state import LaunchError
from console.start.who import login
from workflows.runtime.background import PRIVATE
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.embedded import LOGS, demo_folder
from workflows.runtime.logs import log_core, log_to_file
from workflows.runtime.settings import setting_source

if TYPE_CHECKING:
    from console.opening import Place

log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE = 0, 1, 2
"""Exit codes."""

HEAD_START_SECONDS = 0.8
"""Rows come from the server alone: they appear half a second sooner when no supervisor is imported meanwhile."""
PAINTS_A_SECOND = "240"
"""Upper bound. With Textual's 60, a key that comes during a slow paint waits up to 33 ms longer for the next one."""


@dataclass(frozen=True)
class ConsoleOptions:
    """What the command line says of the console."""

    demo: bool
    ephemeral: bool
    workers: bool
    opening: str = ""
    """ID of the workflow to begin with."""


def run(options: ConsoleOptions, settings: ConsoleSettings) -> int:
    """Run the console until it is left; return the exit code, after one clear line when something went wrong."""
    if options.demo:
        settings = settings.model_copy(update={"data_dir": demo_folder(settings.data_dir)})
    log_file = settings.data_dir / LOGS / "console.log"
    try:
        settings.data_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        log_to_file(log_file)
    except OSError as error:
        return _say(f"the data folder {settings.data_dir} cannot be used: {error}; set TCONSOLE_DATA_DIR", FAILED)
    try:
        asyncio.run(_run(options, settings))
    except LaunchError as error:
        return _say(str(error), error.code)
    except KeyboardInterrupt:
        return DONE
    except Exception as error:
        log.exception("unexpected end")
        return _say(f"something unexpected went wrong ({error!r}); the details are in {log_file}", FAILED)
    return DONE


async def _run(options: ConsoleOptions, settings: ConsoleSettings) -> None:
    _check_keys(settings)
    operator = settings.operator or login(demo=options.demo)
    prepare_signing(settings, operator)
    place = _place(options.opening)
    session = await Session.open(_launch_options(options, settings), meanwhile=_import_screen)
    try:
        from console.screen import show

        if place is not None:
            await _look_for(options.opening, place, session)
        await show(session, settings, operator, options.opening)
    finally:
        await session.close()


def _place(workflow_id: str) -> "Place | None":
    """Return where the workflow to begin with belongs, None without one. Raises ``LaunchError``."""
    if not workflow_id:
        return None
    from console.opening import UnknownIdError, place_of
    from console.registry import SYSTEMS

    try:
        return place_of(workflow_id, SYSTEMS)
    except UnknownIdError as error:
        raise LaunchError(f"--open: {error}", WRONG_USAGE) from error


async def _look_for(workflow_id: str, place: "Place", session: Session) -> None:
    """Look whether there is a workflow. Raises ``LaunchError``."""
    from temporalio.service import RPCError

    from console.gateway.latest_run import find_latest_run

    try:
        found = await find_latest_run(session.client, workflow_id)
    except RPCError as error:
        raise LaunchError(f"--open {workflow_id}: {error.message}", FAILED) from error
    if found is None:
        raise LaunchError(f"--open: {place.missing(workflow_id, session.state.server)}", FAILED)


def _check_keys(settings: ConsoleSettings) -> None:
    """Look for mistakes in keys of one's own. Raises ``LaunchError``."""
    if not settings.keys:
        return
    from console.keymap import KeymapError, check
    from console.registry import SYSTEMS

    try:
        check(settings.keys, SYSTEMS)
    except KeymapError as error:
        raise LaunchError(f"{setting_source('keys')}: {error}", WRONG_USAGE) from error


def _launch_options(options: ConsoleOptions, settings: ConsoleSettings) -> LaunchOptions:
    return LaunchOptions(
        data_dir=settings.data_dir.resolve(),
        server_port=settings.server_port,
        task_queues=_task_queues,
        ui_url=settings.ui_url,
        ephemeral=options.ephemeral,
        workers=options.workers,
        demo=options.demo,
        head_start_seconds=0.0 if options.demo else HEAD_START_SECONDS,
    )


def _import_screen() -> None:
    """Import what the screen needs, which takes about as long as the server needs to start."""
    log_core()
    os.environ.setdefault("TEXTUAL_FPS", PAINTS_A_SECOND)  # Textual reads it when it is imported
    importlib.import_module("console.screen")


def _task_queues() -> Sequence[str]:
    from console.registry import SYSTEMS

    return [system.client.default_task_queue for system in SYSTEMS]


def _say(line: str, code: int) -> int:
    with suppress(OSError):  # the terminal may have been closed
        sys.stderr.write(f"tconsole: {' '.join(line.split())}\n")
    return code
