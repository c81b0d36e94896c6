"""However a console dies, nothing stays behind; however another process dies, the console recovers."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.processes import clean_environment, free_port, gone, processes_of
from tests.support.terminal import Terminal

TCONSOLE = str(Path(sys.executable).with_name("tconsole"))
POLLING = "● orders ● approvals ● campaigns"


class Desk:
    """Terminals on which consoles of one data folder run."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.data_dir = home / "data"
        self._environment = clean_environment(
            home, TCONSOLE_DATA_DIR=str(self.data_dir), TCONSOLE_SERVER_PORT=str(free_port())
        )
        self._stack = stack

    def open(self) -> Terminal:
        """Start a console."""
        terminal = Terminal([TCONSOLE], columns=140, lines=30, environment=self._environment)
        return self._stack.enter_context(terminal)

    def server(self) -> int:
        """Return the process ID of the `temporal` server."""
        found = re.search(r'"pid": (\d+)', (self.data_dir / "run" / "server.json").read_text(encoding="utf-8"))
        assert found
        return int(found[1])

    async def replaced(self, pid: int) -> None:
        """Wait until a process that was killed has gone, and one console, keeper, server and supervisor run."""
        await eventually(lambda: processes_of(self.data_dir), lambda found: pid not in found and len(found) == 4)

    async def all_gone(self) -> None:
        """Wait until nothing is left."""
        await eventually(lambda: processes_of(self.data_dir), lambda found: not found)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give terminals."""
    with ExitStack() as stack:
        yield Desk(tmp_path, stack)


def kill(number: signal.Signals) -> Callable[[Terminal], None]:
    """Return what sends that signal."""
    return lambda terminal: os.kill(terminal.pid, number)


DEATHS: Sequence[tuple[Callable[[Terminal], None], int | None]] = (
    (Terminal.hang_up, None),  # it gets SIGHUP
    (lambda terminal: terminal.press("q"), 0),
    (kill(signal.SIGTERM), 0),
    (kill(signal.SIGINT), 0),
    (kill(signal.SIGKILL), -signal.SIGKILL),
)
"""How a console may end, and its exit code where somebody hears it."""


async def test_consoles_end_in_every_way_and_nothing_stays(desk: Desk) -> None:
    first = desk.open()
    await first.wait_for(POLLING)
    assert len(processes_of(desk.data_dir)) == 4  # console, keeper, server, supervisor
    terminals = [first, *(desk.open() for _ in DEATHS[1:])]
    for terminal in terminals[1:]:
        await terminal.wait_for(POLLING)
    for terminal, (die, code) in zip(terminals, DEATHS, strict=True):
        die(terminal)
        if code is None:
            await eventually(partial(gone, {terminal.pid}))
        else:
            assert await terminal.wait_for_exit() == code
        if code == 0:
            assert "Traceback" not in terminal.text
    await desk.all_gone()


async def test_a_console_goes_on_when_the_first_and_the_server_are_killed(desk: Desk) -> None:
    first, second = desk.open(), desk.open()
    for terminal in (first, second):
        await terminal.wait_for(POLLING)
    for pid in (first.pid, desk.server()):
        os.kill(pid, signal.SIGKILL)
        await desk.replaced(pid)
        await second.wait_for(lambda text: POLLING in text and "data 0." in text and "again" not in text)
    second.press("q")
    assert await second.wait_for_exit() == 0
    await desk.all_gone()
