"""Who may use the server's Web UI: pages of its own, in a browser of this user.

Any page that somebody visits can send requests to loopback, and the Web UI can do whatever its server can. So each
request is made by this user, names the address that the UI has (else a name that points here would do: DNS
rebinding), comes from no other page, and has no body that a page may send elsewhere without being asked.
"""

import os
import socket
from collections.abc import Container
from email.message import Message
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import ClassVar

from workers.server.peers import PeerLookup
from workflows.runtime.embedded import LOOPBACK

NAMES = (LOOPBACK, "localhost")
READING = ("GET", "HEAD")
JSON = "application/json"
TEXT = "text/plain"
OWN_HEADER = "X-CSRF-TOKEN"
"""The UI's script sends its JSON as text. A page elsewhere can do that, too, but not with this header."""
BACKLOG = 64
MAX_BODY = 8 << 20
SECONDS = 60.0
CHUNK_BYTES = 64 * 1024
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host"}
PROTECTION = {"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def refusal(hosts: Container[str], method: str, headers: Message) -> tuple[int, str] | None:
    """Return the status and the words with which a request is refused, None if it may be answered."""
    host, site = headers.get("Host", "").lower(), headers.get("Sec-Fetch-Site", "none")
    if host not in hosts or len(headers.get_all("Host", [])) > 1:
        return 421, "This server has another name."
    # A console in the browser, which has another port, may open a page.
    is_opened = method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate" and site == "same-site"
    origins = {f"http://{host}", *([None] if method in READING else [])}
    if headers.get("Origin") not in origins or not (site in {"none", "same-origin"} or is_opened):
        return 403, "Other pages may not use this server."
    return _refused_body(method, headers)


def _refused_body(method: str, headers: Message) -> tuple[int, str] | None:
    length, kind = headers.get("Content-Length", "0"), headers.get_content_type() if "Content-Type" in headers else TEXT
    if "Transfer-Encoding" in headers or not length.isdecimal():
        return 411, "The length of the body is missing."
    if int(length) > MAX_BODY:
        return 413, "The body is too long."
    if method not in READING and kind != JSON and not (kind == TEXT and OWN_HEADER in headers):
        return 415, f"Only {JSON}."
    return None


class WebGuard(Thread):
    """Answers at ``listener`` with what the Web UI at ``port`` of this process's network says."""

    def __init__(self, listener: socket.socket, peers: PeerLookup, port: int) -> None:
        super().__init__(name="web-ui", daemon=True)
        own = int(listener.getsockname()[1])
        handler = type("Handler", (_Handler,), {"hosts": {f"{name}:{own}" for name in NAMES}, "port": port})
        self._server = _Server(listener, peers, handler)

    def run(self) -> None:
        """Answer until the process ends."""
        self._server.serve_forever(poll_interval=60)


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, peers: PeerLookup, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("", 0), handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self._peers = listener, peers
        listener.listen(BACKLOG)

    def verify_request(self, request: socket.socket | tuple[bytes, socket.socket], _: object) -> bool:
        """Take connections of this user alone."""
        try:
            return isinstance(request, socket.socket) and self._peers.user(request) == os.getuid()
        except OSError:
            return False


class _Handler(BaseHTTPRequestHandler):
    hosts: ClassVar[Container[str]]
    port: ClassVar[int]
    timeout = SECONDS

    def _answer(self) -> None:
        if (refused := refusal(self.hosts, self.command, self.headers)) is not None:
            self._say(*refused)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        upstream = HTTPConnection(LOOPBACK, self.port, timeout=SECONDS)
        try:
            upstream.request(self.command, self.path, body or None, _passed_on(self.headers))
            answer = upstream.getresponse()
        except (OSError, HTTPException):
            self._say(502, "The server does not answer.")
            return
        self.send_response(answer.status)
        for name, value in {**_passed_on(answer.headers), **PROTECTION}.items():
            self.send_header(name, value)
        self.end_headers()  # HTTP/1.0: the end of the body is that of the connection
        while chunk := answer.read(CHUNK_BYTES):
            self.wfile.write(chunk)
        upstream.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - names that the library calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing: paths hold business IDs."""

    def _say(self, status: int, words: str) -> None:
        body = f"{words}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _passed_on(headers: Message) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
