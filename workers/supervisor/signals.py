"""The signals that stop a supervisor."""

import asyncio
import logging
import signal

from workflows.runtime.exit import exit_process

log = logging.getLogger(__name__)

INTERRUPTED = 130
"""Exit code of whoever asks twice, as shells have it."""


def stop_on_signals(*, background: bool = False) -> asyncio.Event:
    """Return an event that SIGTERM, Ctrl-C or a closed terminal sets. A second signal does not wait for the drain.

    In the ``background`` there is no terminal that could close.
    """
    stop = asyncio.Event()

    def asked(name: str) -> None:
        if stop.is_set():
            exit_process(INTERRUPTED)
        log.info("%s: stopping when what is under way is done", name)
        stop.set()

    loop = asyncio.get_running_loop()
    if background:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup has the terminal's end ignored
            loop.add_signal_handler(number, asked, number.name)
    return stop
