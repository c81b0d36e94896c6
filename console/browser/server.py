"""The web server: the page, the files that it needs, and a websocket for each tab."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from importlib.resources import files

from aiohttp import hdrs, web

from console.browser.guard import LOOPBACK, Guard, Handler
from console.browser.tab import cells, serve_tab

MAX_TABS = 10
"""Consoles that run at the same time; each takes about as much memory as one in a terminal."""
FONT_SIZE, MIN_FONT, MAX_FONT = 16, 6, 40
MAX_MESSAGE = 1 << 20
"""Bytes of a message from the page, such as a pasted text."""
HEARTBEAT_SECONDS = 15.0
CLOSE_SECONDS = 15.0

FILES = {"page.css": "text/css", "page.js": "text/javascript"}


class WebServer:
    """Serves consoles that are run by ``command``."""

    def __init__(self, command: Sequence[str], guard: Guard) -> None:
        self._command, self._guard = command, guard
        self._sockets: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        """Return the application; everything in it is behind the guard."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard.check(request, handler)

        app = web.Application(middlewares=[guarded])
        app.add_routes([web.get("/", self._page), web.get("/ws", self._tab)])
        app.add_routes([web.get(f"/{name}", self._file) for name in FILES])
        app.add_routes([web.static("/static", str(files("textual_serve") / "static"))])
        app.on_shutdown.append(self._close_tabs)
        return app

    async def _page(self, request: web.Request) -> web.Response:
        try:
            size = min(max(int(request.query.get("fontsize", FONT_SIZE)), MIN_FONT), MAX_FONT)
        except ValueError:
            size = FONT_SIZE
        page = _read("page.html").replace("{host}", request.headers[hdrs.HOST].lower())
        return web.Response(text=page.replace("{font_size}", str(size)), content_type="text/html")

    async def _file(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix("/")
        return web.Response(text=_read(name), content_type=FILES[name])

    async def _tab(self, request: web.Request) -> web.StreamResponse:
        if len(self._sockets) >= MAX_TABS:
            raise web.HTTPServiceUnavailable(reason=f"{MAX_TABS} consoles are open; close one of them")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_MESSAGE)
        self._sockets.add(socket)
        try:
            await socket.prepare(request)
            await serve_tab(socket, self._command, cells(request.query))
        finally:
            self._sockets.discard(socket)
        return socket

    async def _close_tabs(self, _: web.Application) -> None:
        await asyncio.gather(*(socket.close() for socket in [*self._sockets]), return_exceptions=True)


async def serve(command: Sequence[str], port: int, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; all consoles end then.

    Raises:
        OSError: the port cannot be used.
    """
    guard = Guard(port)
    runner = web.AppRunner(WebServer(command, guard).app(), access_log=None, shutdown_timeout=CLOSE_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK[0], port).start()
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        say(f"the console is at {guard.address}")
        say("whoever has this address acts in your name; ctrl+c ends it, with every tab")
        await ended.wait()
    finally:
        await runner.cleanup()


def _read(name: str) -> str:
    return (files("console.browser") / name).read_text(encoding="utf-8")
