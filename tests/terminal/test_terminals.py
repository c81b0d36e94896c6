"""Whatever the terminal is, nothing of what the console says is lost, and the terminal is restored."""

import re
import sys
from pathlib import Path

from tests.support.processes import clean_environment
from tests.support.terminal import Terminal

SGR = re.compile(rb"\x1b\[([0-9;]*)m")
COLOURS_16 = {*range(30, 38), *range(90, 98), *range(40, 48), *range(100, 108), 39, 49}
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l")
"""The usual screen, its cursor, and a mouse and pastes that are the shell's again."""


def parameters(output: bytes) -> set[int]:
    """Return the parameters of all styles."""
    return {int(part) for found in SGR.finditer(output) for part in found[1].split(b";") if part}


def frozen(folder: Path, *variables: str) -> Terminal:
    """Return a terminal of some environment in which the console shows examples."""
    command = ["env", *variables, sys.executable, "-m", "tests.terminal.frozen"]
    return Terminal(command, columns=100, lines=30, environment=clean_environment(folder))


def assert_restored(output: bytes) -> None:
    """Check that the last that was written gives the terminal back."""
    begun = output.rindex(b"\x1b[?1049h")
    assert all(sequence in output[begun:] for sequence in RESTORED)


async def test_16_colours_without_unicode_and_a_crash(tmp_path: Path) -> None:
    with frozen(tmp_path, "TERM=xterm", "COLORTERM=", "LC_ALL=C", "PYTHONUTF8=1") as terminal:
        await terminal.wait_for("% awaiting")
        shown = bytes(terminal.output)
        terminal.press("?")
        assert await terminal.wait_for_exit() == 1
        assert shown.isascii()
        assert not {38, 48} & parameters(shown)
        assert parameters(shown) & COLOURS_16
        assert_restored(bytes(terminal.output))
        assert b"tconsole: the screen failed" in terminal.output
        assert b"Traceback" not in terminal.output


async def test_no_colour(tmp_path: Path) -> None:
    with frozen(tmp_path, "NO_COLOR=1") as terminal:
        await terminal.wait_for("◔ awaiting")
        terminal.press("q")
        assert await terminal.wait_for_exit() == 0
        assert not parameters(bytes(terminal.output)) & {*COLOURS_16, 38, 48}
        assert 7 in parameters(bytes(terminal.output))  # the cursor is reversed
        assert_restored(bytes(terminal.output))
