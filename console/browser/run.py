"""Runs the console in a browser, as the command line says."""

import asyncio
import errno
import os
import sys
from collections.abc import MutableMapping, Sequence

import typer

REFUSED = 1

OF_THE_TERMINAL = ("TMUX", "TMUX_PANE", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "STY", "TERM", "COLORTERM")
"""Variables of the terminal in which the server was started, which no tab has."""


def run_in_browser(port: int, flags: Sequence[str]) -> int:
    """Serve consoles with these flags until interrupted; return the exit code, after one clear line if it cannot."""
    from console.browser.server import serve

    leave_terminal(os.environ)
    command = [sys.executable, "-m", "console", *flags]
    try:
        asyncio.run(serve(command, port, typer.echo))
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is taken; give another one with --web-port" if taken else f"cannot be used: {error.strerror or error}"
        sys.stderr.write(f"tconsole: port {port} {why}\n")
        return REFUSED
    return 0


def leave_terminal(environment: MutableMapping[str, str]) -> None:
    """Take out what is said of the terminal: the page draws Unicode in all colours."""
    for name in OF_THE_TERMINAL:
        environment.pop(name, None)
    environment["TERM"] = "xterm-256color"
    environment["COLORTERM"] = "truecolor"
