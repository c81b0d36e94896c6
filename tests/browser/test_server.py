"""The web server: who is let in, and what a tab may do."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError, web
from aiohttp.test_utils import unused_port

from console.browser import server
from console.browser.guard import Guard
from console.browser.run import leave_terminal, run_in_browser
from console.browser.server import WebServer
from tests.support.eventually import eventually
from tests.support.processes import gone

COMMAND = (sys.executable, "-m", "tests.browser.small_app")


NONSENSE = ("", "{}", "[]", "[1]", '["stdin", 7]', '["resize", {"width": []}]', '["resize"]', '["quit"]', "[[]]")
"""What no page of ours sends."""


class Site(NamedTuple):
    """A running server, and a browser that was given its token."""

    guard: Guard
    browser: aiohttp.ClientSession
    stranger: aiohttp.ClientSession

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.guard.port}"

    async def status(self, path: str = "/", headers: Mapping[str, str] | None = None, *, known: bool = True) -> int:
        """Return how a request is answered."""
        client = self.browser if known else self.stranger
        async with client.get(self.origin + path, headers=headers) as response:
            return response.status


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[Site]:
    guard = Guard(unused_port())
    runner = web.AppRunner(WebServer(COMMAND, guard).app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", guard.port).start()
    jar = aiohttp.CookieJar(unsafe=True)  # which has cookies of addresses, too
    async with aiohttp.ClientSession(cookie_jar=jar) as browser, aiohttp.ClientSession() as stranger:
        async with browser.get(guard.address) as page:
            assert page.status == 200
            text = await page.text()
            assert f'data-session-websocket-url="ws://127.0.0.1:{guard.port}/ws"' in text
            assert guard.token not in text
            assert "http" not in text, "nothing comes from elsewhere"
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
            cookie = page.headers["Set-Cookie"]
            assert all(words in cookie for words in ("HttpOnly", "SameSite=Strict", f"tconsole_{guard.port}="))
            assert guard.token not in cookie
        yield Site(guard, browser, stranger)
    await runner.cleanup()


async def test_only_the_browser_that_has_the_token_is_let_in(site: Site) -> None:
    for path in ("/", "/page.css", "/page.js", "/static/js/textual.js", "/static/css/xterm.css"):
        assert await site.status(path) == 200
        assert await site.status(path, known=False) == 401
    for wrong in ("/?token=", "/?token=wrong", f"/?token={site.guard.token}x", "/?token=%ff%00", "/nowhere"):
        assert await site.status(wrong, known=False) == 401
    assert await site.status(f"/page.js?token={site.guard.token}", known=False) == 401, "it opens the page alone"
    assert await site.status("/nowhere") == 404
    assert await site.status("/static/../guard.py") == 404
    assert await site.status("/static/") == 403
    async with site.browser.post(site.origin) as posted:
        assert posted.status == 405
    assert await site.status("/?fontsize=%3Cscript%3E") == 200


async def test_other_names_and_other_pages_are_refused_whatever_they_have(site: Site) -> None:
    port = site.guard.port
    names = ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1.evil.example:{port}", f"0.0.0.0:{port}")
    for host in names:
        assert await site.status(headers={"Host": host}) == 421
    for host in (f"localhost:{port}", f"[::1]:{port}"):
        # A cookie of its own: the browser's is of the other name.
        assert await site.status(f"/?token={site.guard.token}", {"Host": host}) == 200
    for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}", "http://127.0.0.1:1"):
        assert await site.status(headers={"Origin": origin}) == 403
        with pytest.raises(WSServerHandshakeError, match="403"):
            await site.browser.ws_connect(f"{site.origin}/ws", origin=origin)
    with pytest.raises(WSServerHandshakeError, match="403"):
        await site.browser.ws_connect(f"{site.origin}/ws")
    with pytest.raises(WSServerHandshakeError, match="401"):
        await site.stranger.ws_connect(f"{site.origin}/ws", origin=site.origin)


class Tab:
    """A tab of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket, self.seen = socket, b""

    async def until(self, pattern: bytes) -> re.Match[bytes]:
        """Read until the screen has shown something."""
        while (found := re.search(pattern, self.seen)) is None:
            message = await self.socket.receive(timeout=60)
            assert message.type is aiohttp.WSMsgType.BINARY, message
            self.seen += message.data
        return found


async def test_each_tab_is_a_process_that_ends_with_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_TABS", 2)
    address = f"{site.origin}/ws?width=100&height=nonsense"
    first, second = [Tab(await site.browser.ws_connect(address, origin=site.origin)) for _ in range(2)]
    with pytest.raises(WSServerHandshakeError, match="503"):
        await site.browser.ws_connect(address, origin=site.origin)
    pids = {int((await tab.until(rb"pid=(\d+) size=100x24\."))[1]) for tab in (first, second)}
    assert len(pids) == 2
    for nonsense in NONSENSE:
        await first.socket.send_str(nonsense)
    await first.socket.send_str(json.dumps(["resize", {"width": 60, "height": 10**9}]))
    await first.until(rb"size=60x1000\.")
    await first.socket.send_str(json.dumps(["stdin", "q"]))
    while (await first.socket.receive(timeout=60)).type is aiohttp.WSMsgType.BINARY:
        pass
    assert first.socket.closed, "the operator has quit"
    await second.socket.close()
    await eventually(lambda: asyncio.sleep(0, gone(pids)))


async def test_a_console_whose_server_was_killed_leaves() -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"__GANGLION__\n"
    process.stdin.close()
    await asyncio.wait_for(process.wait(), 60)


def test_a_taken_port_is_said_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(os, "environ", dict(os.environ))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run_in_browser(port, ["--demo"]) == 1
    assert capsys.readouterr().err == f"tconsole: port {port} is taken; give another one with --web-port\n"


def test_what_is_said_of_the_terminal_is_not_said_of_the_page() -> None:
    environment = {"TMUX": "/tmp/x", "TERM": "dumb", "TCONSOLE_OPERATOR": "ada"}  # noqa: S108 - not a file of ours
    leave_terminal(environment)
    assert environment == {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TCONSOLE_OPERATOR": "ada"}
