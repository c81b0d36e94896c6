"""Addresses to listen on, as settings write them."""

from typing import NamedTuple
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
MAX_PORT = 65_535


class ListenAddress(NamedTuple):
    """Where a process listens."""

    host: str
    port: int


def listen_address(text: str) -> ListenAddress:
    """Return the address of ``HOST:PORT``; of ``PORT`` alone it is on loopback.

    Raises:
        ValueError: it is none.
    """
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if colon else LOOPBACK
    if not port.isdecimal() or not 0 < int(port) <= MAX_PORT or any(character in host for character in " /@"):
        raise ValueError(f"{text!r} is not HOST:PORT; use one like 127.0.0.1:8025")
    return ListenAddress(host or LOOPBACK, int(port))


def public_url(text: str) -> str:
    """Return the text if it is the address of a page that mail programs may post to (RFC 8058: HTTPS).

    Raises:
        ValueError: it is none.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    local = host in {"localhost", LOOPBACK, "::1"}
    plain = not (parts.query or parts.fragment or parts.username) and text.isascii() and not set(text) & set(' <>"')
    if not host or not plain or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise ValueError(f"{text!r} is no public address; use one like https://mail.example.com/unsubscribe")
    return text
