"""Real processes of ours, their output, and whether they are gone."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from tests.support.eventually import eventually
from workflows.runtime.embedded import demo_folder

TIMEOUT = 180.0
"""Seconds. Background processes run at a low priority: on a busy machine a start takes a minute and more."""
FOREIGN = ("TEMPORAL_", "TCONSOLE_")


def free_port() -> int:
    """Return a port that nobody listens at, below those that systems give to connections: it stays free for a test."""
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return our environment without anybody's settings of Temporal or tconsole, and with ``more``."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**ours, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), **more}


def gone(pids: set[int]) -> bool:
    """Return whether all these processes have ended."""
    return not any(_lives(pid) for pid in pids)


def processes_of(data_dir: Path, command: str = "") -> set[int]:
    """Return the IDs of all living processes whose data folder this is, or only of ``python -m workers COMMAND``.

    The demo's are among them.
    """
    found, folders = set(), {str(data_dir), str(demo_folder(data_dir))}
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it has ended, or is not ours
            ours = process.environ().get("TCONSOLE_DATA_DIR") in folders and process.pid != os.getpid()
            if ours and (not command or f"workers {command}" in " ".join(process.cmdline())):
                found.add(process.pid)
    return found


def give_processor(pids: set[int]) -> None:
    """Let background processes run at our own priority, where the system allows it.

    They yield to their console, and so to all other tests: beside those they would hardly run, and callers give up.
    """
    for thread in (thread for pid in pids for thread in Path(f"/proc/{pid}/task").glob("*")):
        with suppress(OSError):  # it has ended, or we are not root
            os.setpriority(os.PRIO_PROCESS, int(thread.name), 0)
    for autogroup in (Path(f"/proc/{pid}/autogroup") for pid in pids):
        with suppress(OSError):
            autogroup.write_text("0")


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True)
class Run:
    """One run of ``python -m workers …``."""

    process: subprocess.Popen[bytes]
    _output: Path

    @property
    def lines(self) -> list[str]:
        """What it wrote so far."""
        return self._output.read_text(encoding="utf-8").splitlines()

    async def says(self, wanted: str) -> str:
        """Return the first line that contains ``wanted``, waiting for it."""
        (line, *_) = await eventually(
            lambda: [line for line in self.lines if wanted in line], describe=lambda: self.lines, seconds=TIMEOUT
        )
        return line

    async def exit_code(self) -> int:
        """Return its exit code, waiting for its end."""
        return await ended(self.process)


async def ended(process: subprocess.Popen[bytes], *, seconds: float = TIMEOUT) -> int:
    """Return the exit code of a process, waiting for its end."""
    await eventually(process.poll, lambda code: code is not None, seconds=seconds)
    return process.returncode


@contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    output: IO[bytes] | None = None,
    end: signal.Signals = signal.SIGKILL,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program; after the block it gets the signal ``end`` if it still runs, and is waited for."""
    with subprocess.Popen(  # noqa: S603 - our own programs
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None and end == signal.SIGKILL:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            process.send_signal(end)


@contextmanager
def workers_process(*arguments: str, environment: Mapping[str, str]) -> Iterator[Run]:
    """Run ``python -m workers …``; what still runs after the block is killed."""
    command = [sys.executable, "-P", "-m", "workers", *arguments]
    with tempfile.NamedTemporaryFile() as output, running(command, environment, output=output.file) as process:
        yield Run(process, Path(output.name))
