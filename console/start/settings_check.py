"""Whether the workers can use their settings, asked before there is a screen: a wrong one never gets better."""

import asyncio
import os
import sys

from console.settings import ConsoleSettings
from console.start.state import LaunchError
from workflows.runtime.settings import PREFIX, config_file

WRONG_USAGE = 2


async def check_worker_settings() -> None:
    """Have a worker's process read the settings, unless there are none but the console's own.

    Raises:
        LaunchError: one of them is not usable.
    """
    if not _are_given():
        return
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "workers", "settings"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        if process.returncode is None:
            process.kill()
        raise
    if process.returncode == WRONG_USAGE:
        raise LaunchError(errors.decode(errors="replace").strip().removeprefix("tconsole: "), WRONG_USAGE)


def _are_given() -> bool:
    ours = {f"{PREFIX}{name.upper()}" for name in ConsoleSettings.model_fields} | {f"{PREFIX}CONFIG_FILE"}
    return config_file().exists() or any(name.startswith(PREFIX) for name in os.environ.keys() - ours)
