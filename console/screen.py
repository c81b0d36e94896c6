"""Shows the console on this terminal, and gives the terminal back however the console ends."""

import asyncio
import gc
import io
import logging
import signal

from rich.console import Console

from console.app import ConsoleApp
from console.settings import ConsoleSettings
from console.start.session import Session
from console.terminal import TerminalDriver

log = logging.getLogger(__name__)


FULL_COLLECTION_AFTER = 1_000
"""Smaller collections before Python looks through all objects for cycles, which keeps a key waiting 40 ms."""


class ScreenFailedError(Exception):
    """The screen ended because of a mistake of ours. The log says which."""


async def show(session: Session, settings: ConsoleSettings, operator: str) -> None:
    """Show the console until the operator leaves it, or a signal ends it.

    Raises:
        ScreenFailedError: it ended by itself.
    """
    _keep_collections_short()
    app = ConsoleApp(session, settings, operator)
    app.driver_class = TerminalDriver
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit)
    details = io.StringIO()
    app.error_console = Console(file=details, width=120)  # a traceback is for our log, not for the operator
    await app.run_async()
    if app.return_code:
        log.error("the screen failed\n%s", details.getvalue())
        raise ScreenFailedError("the screen failed")


def _keep_collections_short() -> None:
    """Have the garbage collector leave alone what was imported, and look through all that is left less often."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], FULL_COLLECTION_AFTER)
