"""Who may talk to the web server: the browser that was given its token, at its own address.

Any page that somebody visits can reach a server on loopback. So each request names the address that the server has
(else a name that points here would do: DNS rebinding), comes from no other page, and has the token or its cookie.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HTTP_PORT = 80
TOKEN = "token"  # noqa: S105 - the name of a parameter

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy: nothing comes from elsewhere, and nobody may frame the page."""

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

NO_TOKEN = "This needs the token: open the address that tconsole --web has written in its terminal.\n"  # noqa: S105 - words


class Guard:
    """Checks each request to the server at ``port``, its websockets too. Secrets are compared in constant time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.token = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._cookie = f"tconsole_{port}"  # browsers share the cookies of all ports
        bare = LOOPBACK if port == HTTP_PORT else ()
        self._hosts = {*bare, *(f"{name}:{port}" for name in LOOPBACK)}

    @property
    def address(self) -> str:
        """What opens the console in a browser."""
        return f"http://{LOOPBACK[0]}:{self.port}/?{TOKEN}={self.token}"

    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request if it may be answered."""
        refusal = self._refusal(request)
        response = refusal if refusal is not None else await self._answer(request, handler)
        if not response.prepared:
            response.headers.update({**HEADERS, "Content-Security-Policy": self._policy(request)})
            if refusal is None and self._has_token(request):
                response.set_cookie(self._cookie, self._session, httponly=True, samesite="Strict", path="/")
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return web.Response(status=error.status, text=f"{error.status}: {error.reason}\n")

    def _refusal(self, request: web.Request) -> web.Response | None:
        host, origin = request.headers.get(hdrs.HOST, "").lower(), request.headers.get(hdrs.ORIGIN)
        if host not in self._hosts:
            return web.Response(status=421, text=f"This server is at {LOOPBACK[0]}:{self.port} alone.\n")
        is_socket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
        if (is_socket or origin is not None) and origin != f"http://{host}":
            return web.Response(status=403, text="Other pages may not use this server.\n")
        if request.method != hdrs.METH_GET:
            return web.Response(status=405, text="Only GET.\n", headers={hdrs.ALLOW: hdrs.METH_GET})
        if not (self._has_token(request) or _same(request.cookies.get(self._cookie, ""), self._session)):
            return web.Response(status=401, text=NO_TOKEN)
        return None

    def _has_token(self, request: web.Request) -> bool:
        return request.path == "/" and _same(request.query.get(TOKEN, ""), self.token)

    def _policy(self, request: web.Request) -> str:
        host = request.headers.get(hdrs.HOST, "").lower()
        return POLICY.format(sockets=f"ws://{host}" if host in self._hosts else "")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
