"""The workers' settings, as far as the console must know them."""

import asyncio
import sys

from console.start.state import LaunchError
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.settings import Settings, given_names, read_settings

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

    It also knows which names nobody knows, whether or not there will be workers here.

    Raises:
        LaunchError: one of them is not usable.
        SettingsError: the file of settings cannot be read.
    """
    if given_names().keys() <= ConsoleSettings.model_fields.keys():
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
