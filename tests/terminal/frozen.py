"""The console in this terminal on the examples of the screens, without a server: ``python -m tests.terminal.frozen``.

The key ``?`` makes it fail, as a mistake in the console would.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from console import screen
from console.app import ConsoleApp
from tests.screens.frozen import freeze
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.exit import exit_process
from workflows.runtime.logs import log_to_file


def fail(_: ConsoleApp) -> NoReturn:
    """Fail."""
    raise RuntimeError("a mistake")


def main() -> int:
    """Show the console until it ends; return its exit code."""
    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as folder:
        log_to_file(Path(folder) / "console.log")
        session = freeze(monkeypatch)
        monkeypatch.setattr(ConsoleApp, "action_help", fail)
        try:
            asyncio.run(screen.show(session, ConsoleSettings(data_dir=Path(folder)), "chen"))
        except screen.ScreenFailedError as error:
            sys.stderr.write(f"tconsole: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    exit_process(main())
