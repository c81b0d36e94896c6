"""Commands that the workers' process carries out."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

PASSED_ON: dict[Any, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Settings of a command whose arguments are read by the other process."""


def become_workers(arguments: Sequence[str]) -> NoReturn:
    """Turn this process into ``python -m workers``, which then gets the signals, and whose exit code counts."""
    sys.stdout.flush()
    # A signal waits until that process can take it: it unblocks them when its handlers are in place.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    command = [sys.executable, "-P", "-m", "workers", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted
