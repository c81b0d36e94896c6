"""One tab of the browser: a console process of its own, which ends when the tab closes."""

import asyncio
import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

MAX_CELLS = 1_000
"""Of a side of the screen."""
USUAL_SIZE = (80, 24)
LEAVE_SECONDS = 10.0
"""Time that a console has to leave by itself."""


class TabProcess(AppService):
    """The process of a tab. ``command`` runs the console with Textual's driver for browsers."""

    def __init__(self, command: Sequence[str], socket: web.WebSocketResponse) -> None:
        super().__init__(
            f"exec {shlex.join(command)}",  # no shell stays between: what ends it ends the console
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=self._close,
            download_manager=DownloadManager(),
        )
        self._socket = socket

    async def _close(self) -> None:
        await self._socket.close()

    async def end(self) -> None:
        """Let the console leave, and end it if it does not."""
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self.stop()
                if self._process is not None:
                    await self._process.wait()
        except TimeoutError:
            if self._process is not None:
                with suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()


async def serve_tab(socket: web.WebSocketResponse, command: Sequence[str], size: tuple[int, int]) -> None:
    """Run a console until the tab closes, or the operator quits."""
    tab = TabProcess(command, socket)
    await tab.start(*size)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await _take(tab, socket, message.data)
    finally:
        await asyncio.shield(tab.end())


async def _take(tab: TabProcess, socket: web.WebSocketResponse, text: str) -> None:
    """Hand on what the page sent; what it does not send is ignored."""
    try:
        kind, *rest = json.loads(text)
    except (ValueError, TypeError):
        return
    value: Any = rest[0] if rest else None
    match kind, value:
        case "stdin", str():
            await tab.send_bytes(value.encode(errors="replace"))
        case "resize", {"width": _, "height": _}:
            await tab.set_terminal_size(*cells(value))
        case "ping", _:
            await socket.send_json(["pong", value])
        case "focus", _:
            await tab.focus()
        case "blur", _:
            await tab.blur()
        case _:
            pass


def cells(given: Mapping[str, object]) -> tuple[int, int]:
    """Return the width and height of a screen; what is no number of cells is the usual one."""
    return _side(given.get("width"), USUAL_SIZE[0]), _side(given.get("height"), USUAL_SIZE[1])


def _side(given: object, usual: int) -> int:
    try:
        return min(max(int(str(given)), 1), MAX_CELLS)
    except ValueError:
        return usual
