"""How a process that used temporalio ends."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

BEFORE_EXIT: list[Callable[[], None]] = []
"""Called by :func:`exit_process`, which skips the interpreter's own exit handlers."""


def exit_process(code: int) -> NoReturn:
    """End the process with ``code``, after all is closed.

    The normal exit of a process that has used temporalio crashes now and then
    (https://github.com/temporalio/sdk-python/issues/300), and exit codes must be right.
    """
    while BEFORE_EXIT:
        BEFORE_EXIT.pop()()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
