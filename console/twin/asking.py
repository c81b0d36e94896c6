"""Connects for one command of the twin, and turns what goes wrong into one line and an exit code."""

import os
from collections.abc import Awaitable, Callable, Mapping

from console.gateway.gateway import Gateway
from console.gateway.read_only import READ_ONLY
from console.start import flags
from console.start.once import ask
from console.start.state import LaunchError
from console.twin.payload import UsageError
from console.twin.writing import tell
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.settings import SettingsError, read_settings

DONE, REFUSED, WRONG_USAGE = 0, 1, 2
"""Exit codes; ``ask`` knows the others."""

ROLE = "script"
"""Of the process, in what the server knows of it."""


def asked(
    work: Callable[[Gateway], Awaitable[int | None]],
    connection: Mapping[str, object],
    *,
    operator: str | None,
    demo: bool,
    page_size: int = 200,
) -> int:
    """Do the work with a gateway on the server of the flags; return its exit code."""
    flags.override_environment(os.environ, connection)
    flags.take_operator(operator)
    try:
        settings = read_settings(ConsoleSettings)
        return ask(settings, work, role=ROLE, demo=demo, page_size=page_size) or DONE
    except LaunchError as error:
        tell(str(error))
        return error.code
    except (SettingsError, UsageError) as error:
        tell(str(error))
        return WRONG_USAGE


def read_only(given: bool) -> bool:  # noqa: FBT001 - a flag's value
    """Say so, and return whether nothing may be changed: by the flag, or by the settings."""
    try:
        if not given and not read_settings(ConsoleSettings).read_only:
            return False
    except SettingsError:
        return False  # what asks next says it
    tell(READ_ONLY)
    return True
