"""Says how far a copied text got: tmux takes it, and passes it on only to a terminal that has a clipboard for it."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from typing import Any

from textual.app import App

TIMEOUT = 2.0
FEATURE = "clipboard"
"""Name of the terminal's feature in tmux."""


def in_tmux() -> bool:
    """Return whether the screen is drawn in tmux."""
    return bool(os.environ.get("TMUX"))


async def copy(app: App[Any], text: str) -> str:
    """Put ``text`` into the clipboard, and return where it got to; nothing where the terminal itself has taken it."""
    app.copy_to_clipboard(text)
    return await copy_through_tmux(text) if in_tmux() else ""


async def copy_through_tmux(text: str) -> str:
    """Put ``text`` into tmux's buffer and, through tmux, the terminal's clipboard; return where it got to."""
    try:
        async with asyncio.timeout(TIMEOUT):
            await _tmux("load-buffer", "-w", "-", given=text)
            features = await _tmux("display-message", "-p", "#{client_termfeatures}")
    except (OSError, TimeoutError, RuntimeError):
        return "but tmux does not say whether it took it"
    if FEATURE in features.strip().split(","):
        return "to the clipboard"
    return "to tmux's buffer only (prefix ] pastes it): this terminal offers tmux no clipboard"


async def _tmux(*arguments: str, given: str = "") -> str:
    process = await asyncio.create_subprocess_exec("tmux", *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    try:
        out, _ = await process.communicate(given.encode())
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        raise RuntimeError(f"tmux {arguments[0]} failed")
    return out.decode(errors="replace")
