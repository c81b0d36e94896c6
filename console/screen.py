"""Runs the console on this terminal, and restores the terminal however the console ends."""

import asyncio
import gc
import io
import logging
import signal

from rich.console import Console

from console.app import ConsoleApp
from console.browser.where import in_browser
from console.design.abilities import Abilities
from console.journal import NAME as JOURNAL
from console.memory import NAME, MemoryFile
from console.start.session import Session
from console.terminal import TerminalDriver
from workflows.runtime.console_settings import ConsoleSettings

log = logging.getLogger(__name__)

FULL_COLLECTION_AFTER = 1_000
"""Smaller garbage collections before a full one, which delays a key by 40 ms."""


class ScreenFailedError(Exception):
    """The screen failed; the log says why."""


async def show(session: Session, settings: ConsoleSettings, operator: str, opening: str = "") -> None:
    """Show the console until the operator quits or a signal ends it; anew on each server that is switched to.

    It begins with the workflow of the ID ``opening``.

    Raises:
        ScreenFailedError: it failed.
    """
    _keep_collections_short()
    app = await _show_once(session, settings, operator, opening)
    while app.switched:
        app = await _show_once(session, settings, app.gateway.operator, "")


async def _show_once(session: Session, settings: ConsoleSettings, operator: str, opening: str) -> ConsoleApp:
    memory, journal = MemoryFile(settings.data_dir / NAME), settings.data_dir / JOURNAL
    app = ConsoleApp(session, settings, operator, memory=memory, journal=journal, abilities=Abilities.of_terminal())
    app.opening = opening
    app.driver_class = TerminalDriver
    if in_browser():
        from console.browser.driver import BrowserDriver

        app.driver_class = BrowserDriver
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit)
    details = io.StringIO()
    app.error_console = Console(file=details, width=120)  # a traceback is for our log, not for the operator
    await app.run_async()
    if app.return_code:
        log.error("the screen failed\n%s", details.getvalue())
        raise ScreenFailedError("the screen failed")
    return app


def _keep_collections_short() -> None:
    """Exclude imported modules from garbage collection, and make full collections rare."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], FULL_COLLECTION_AFTER)
