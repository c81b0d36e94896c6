"""Real processes of ours, their output, and whether they are gone."""

import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PATIENCE_SECONDS = 60.0
FOREIGN = ("TEMPORAL_", "TCONSOLE_")


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return our environment without anybody's settings of Temporal or tconsole, and with ``more``."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**ours, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), **more}


def wait_until(true: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until ``true`` says so.

    Raises:
        TimeoutError: it does not; the text says ``what``.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def gone(pids: set[int]) -> bool:
    """Return whether all these processes have ended."""
    return not any(_lives(pid) for pid in pids)


def descendants(pid: int) -> set[int]:
    """Return the IDs of all processes below ``pid``."""
    return {child.pid for child in psutil.Process(pid).children(recursive=True)}


def processes_of(data_dir: Path, command: str = "") -> set[int]:
    """Return the IDs of all living processes whose data folder this is, or only of ``python -m workers COMMAND``."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it has ended, or is not ours
            ours = process.environ().get("TCONSOLE_DATA_DIR") == str(data_dir) and process.pid != os.getpid()
            if ours and (not command or f"workers {command}" in " ".join(process.cmdline())):
                found.add(process.pid)
    return found


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Run:
    """One run of ``python -m workers …``: its lines come as they are written, and its input stays open."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "workers", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=dict(environment),
        )
        self.lines: list[str] = []
        self._incoming: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._incoming.put(line.rstrip("\n"))

    def wait_for(self, wanted: str, *, seconds: float = PATIENCE_SECONDS) -> str:
        """Return the next line that contains ``wanted``.

        Raises:
            TimeoutError: none came; the text shows what did.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._incoming.get(timeout=left)
            except queue.Empty:
                break
            self.lines.append(line)
            if wanted in line:
                return line
        raise TimeoutError(f"no line with {wanted!r} within {seconds} s, but: {self.lines}")

    def hang_up(self) -> None:
        """Close its input, as a parent does that ends."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self, *, seconds: float = PATIENCE_SECONDS) -> int:
        """Return its exit code when it has ended."""
        return self.process.wait(seconds)


@contextmanager
def workers_process(*arguments: str, environment: Mapping[str, str]) -> Iterator[Run]:
    """Run ``python -m workers …``; what still runs after the block is killed."""
    run = Run(list(arguments), environment)
    try:
        yield run
    finally:
        for pid in descendants(run.process.pid) if run.process.poll() is None else set():
            psutil.Process(pid).kill()
        run.process.kill()
        run.process.wait()
