"""The workers' settings, as far as the console must know them."""

import asyncio
import os
import sys

from console.settings import ConsoleSettings
from console.start.state import LaunchError
from workflows.runtime.settings import PREFIX, Settings, config_file, read_settings

WRONG_USAGE = 2


class _StoreSettings(Settings):
    store_url: str | None = None


def store_is_given() -> bool:
    """Return whether the settings name a store.

    Raises:
        SettingsError: the settings cannot be read.
    """
    return bool(read_settings(_StoreSettings).store_url)


async def check_worker_settings() -> None:
    """Have a worker's process read the settings, before there is a screen, unless there are none but the console's own.

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
