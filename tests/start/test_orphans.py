"""However the console dies, neither server nor workers stay behind."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.processes import clean_environment, descendants, free_port, gone, wait_until
from tests.support.terminal import Terminal

TCONSOLE = str(Path(sys.executable).with_name("tconsole"))


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
def test_nothing_stays(tmp_path: Path, die: Callable[[Terminal], None], code: int | None) -> None:
    environment = clean_environment(
        tmp_path, TCONSOLE_DATA_DIR=str(tmp_path / "data"), TCONSOLE_SERVER_PORT=str(free_port())
    )
    with Terminal([TCONSOLE], columns=140, lines=30, environment=environment) as terminal:
        terminal.wait_for("● orders ● approvals ● campaigns")
        started = descendants(terminal.pid)
        assert len(started) >= 3  # keeper, server, supervisor
        die(terminal)
        if code is None:
            wait_until(lambda: gone({terminal.pid}), "the console stayed")
        else:
            assert terminal.wait_for_exit() == code
        wait_until(lambda: gone(started), "a process stayed")
        if code == 0:
            assert "Traceback" not in terminal.text
