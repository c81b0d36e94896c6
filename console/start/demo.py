"""The demo is a box: a folder and an embedded server of its own, and nothing of the outside world."""

import os
import shutil
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from workflows.runtime.background import POLL_INTERVAL, Background
from workflows.runtime.embedded import RUN, demo_folder

ADDRESS_SOURCES = ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")
"""What may name a server for the demo; the default profile of the user's own file may not."""
OUTSIDE = tuple(f"TCONSOLE_{name}_" for name in ("STORE", "SMTP", "STRIPE", "SLACK"))
"""Settings of the store and of services outside."""
END_SECONDS = 30.0
"""How long processes may take to end that no console needs any longer."""


class DemoRunsError(Exception):
    """The demo cannot be emptied now. The text is one line for people."""


def names_a_server() -> bool:
    """Return whether flags or variables say where the demo's server could be."""
    return any(os.environ.get(name) for name in ADDRESS_SOURCES)


def boxed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for workers of the demo's own server: they reach nobody beyond this machine.

    Settings of services outside are left out, but for those of a Slack on loopback, which is one for tests.
    """
    rest = {name: value for name, value in environment.items() if not name.startswith(OUTSIDE)}
    if _is_loopback(environment.get("TCONSOLE_SLACK_BASE_URL", "")):
        rest |= {name: value for name, value in environment.items() if name.startswith("TCONSOLE_SLACK_")}
    return {**rest, "TCONSOLE_CONFIG_FILE": os.devnull}


def reset(data_dir: Path) -> bool:
    """Remove the demo's folder, after its processes have ended; return whether there was one.

    Raises:
        DemoRunsError: a console shows the demo, or the folder cannot be removed.
    """
    folder = demo_folder(data_dir)
    if not folder.is_dir():
        return False
    deadline = time.monotonic() + END_SECONDS
    while running := [each for each in _processes(folder) if each.is_running()]:
        if time.monotonic() > deadline or any(each.name != "server" and not each.is_abandoned() for each in running):
            raise DemoRunsError("the demo is running; leave all its consoles (q), then try again")
        time.sleep(POLL_INTERVAL)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise DemoRunsError(f"{folder} cannot be removed: {error.strerror or error}") from error
    return True


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _processes(folder: Path) -> list[Background]:
    return [Background(folder / RUN, lock.stem) for lock in (folder / RUN).glob("*.lock")]
