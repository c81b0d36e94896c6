"""How a process that used temporalio ends."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from workflows.runtime.logs import stop_logging


def exit_process(code: int) -> NoReturn:
    """End the process with ``code``, after all is closed.

    The normal exit of a process that has used temporalio crashes now and then
    (https://github.com/temporalio/sdk-python/issues/300), and exit codes must be right.
    """
    stop_logging()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
