"""Headless Chromium, driven by its DevTools protocol."""

import asyncio
import base64
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")
LISTENS = re.compile(rb"DevTools listening on (ws://\S+)")


class Page:
    """A page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.told: list[dict[str, Any]] = []
        """Events that came, such as errors on the page."""

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol, and return its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer: dict[str, Any] = await self._socket.receive_json()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.told.append(answer)

    async def value(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page returns
        """Return the value of a JavaScript expression on the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def press(self, text: str) -> None:
        """Type one character."""
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, key=text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=text)

    async def picture(self) -> bytes:
        """Return a picture of the page, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def opened_page(folder: Path, url: str, size: tuple[int, int] = (1280, 800)) -> AsyncIterator[Page]:
    """Open a page in a browser with its profile in ``folder``."""
    flags = (*FLAGS, f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}")
    browser = await asyncio.create_subprocess_exec(
        str(CHROMIUM), *flags, "about:blank", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    assert browser.stderr is not None
    try:
        while (found := LISTENS.search(await browser.stderr.readline())) is None:
            assert browser.returncode is None
        http = "http" + found[1].decode().removeprefix("ws").split("/devtools")[0]
        async with aiohttp.ClientSession() as session:
            pages = await (await session.get(f"{http}/json/list")).json()
            address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log"):
                    await page.call(f"{domain}.enable")
                await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
                await page.call("Page.navigate", url=url)
                yield page
    finally:
        browser.kill()
        await browser.wait()
