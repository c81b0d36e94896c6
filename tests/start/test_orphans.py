"""However a console dies, nothing stays behind; however another process dies, the console recovers."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
        """Wait until another process runs in the place of one that was killed."""
        await eventually(lambda: processes_of(self.data_dir), lambda found: pid not in found and len(found) == 4)

    async def all_gone(self) -> None:
        """Wait until nothing is left."""
        await eventually(lambda: processes_of(self.data_dir), lambda found: not found, seconds=30)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give terminals."""
    with ExitStack() as stack:
        yield Desk(tmp_path, stack)


def press_q(terminal: Terminal) -> None:
    """Leave as people do."""
    terminal.press("q")


def close_terminal(terminal: Terminal) -> None:
    """Close the window."""
    terminal.hang_up()


def send(number: signal.Signals) -> Callable[[Terminal], None]:
    """Return what sends that signal."""

    def to(terminal: Terminal) -> None:
        os.kill(terminal.pid, number)

    return to


@pytest.mark.parametrize(
    ("die", "code"),
    [
        pytest.param(press_q, 0, id="q"),
        pytest.param(send(signal.SIGTERM), 0, id="SIGTERM"),
        pytest.param(send(signal.SIGHUP), 0, id="SIGHUP"),
        pytest.param(send(signal.SIGINT), 0, id="SIGINT"),
        pytest.param(send(signal.SIGKILL), -signal.SIGKILL, id="SIGKILL"),
        pytest.param(close_terminal, None, id="closed terminal"),
    ],
)
async def test_nothing_stays(desk: Desk, die: Callable[[Terminal], None], code: int | None) -> None:
    terminal = desk.open()
    await terminal.wait_for(POLLING)
    assert len(processes_of(desk.data_dir)) == 4  # console, keeper, server, supervisor
    die(terminal)
    if code is None:
        await eventually(lambda: gone({terminal.pid}), seconds=30)
    else:
        assert await terminal.wait_for_exit() == code
    await desk.all_gone()
    if code == 0:
        assert "Traceback" not in terminal.text


async def test_a_console_goes_on_when_the_first_is_killed_and_then_every_other_process(desk: Desk) -> None:
    first, second = desk.open(), desk.open()
    for terminal in (first, second):
        await terminal.wait_for(POLLING)
    assert len(processes_of(desk.data_dir)) == 5
    os.kill(first.pid, signal.SIGKILL)
    await second.wait_for(lambda text: POLLING in text and "data 0." in text)
    for kind in ("run", "server", "temporal"):
        pid = desk.server() if kind == "temporal" else processes_of(desk.data_dir, kind).pop()
        os.kill(pid, signal.SIGKILL)
        await desk.replaced(pid)
        await second.wait_for(lambda text: POLLING in text and "data 0." in text and "again" not in text)
    second.press("q")
    assert await second.wait_for_exit() == 0
    await desk.all_gone()
