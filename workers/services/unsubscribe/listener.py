"""What answers behind the links: GET shows a page with a button, and only POST unsubscribes (RFC 8058, 3.1)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web, web_response
from aiohttp.http_exceptions import HttpProcessingError

from workers.services.unsubscribe.links import (
    TOKEN,
    ExpiredLinkError,
    ForgedLinkError,
    Subscription,
    UnsubscribeLinks,
)
from workflows.campaigns.models import Channel

log = logging.getLogger(__name__)
protocol_log = logging.getLogger(f"{__name__}.protocol")
"""What the HTTP server itself says."""

MAX_BODY = 2_048
"""Bytes. Mail programs send 26, or a little more as multipart/form-data."""
BODY_SECONDS = 10
HEADER_SECONDS = 15
"""How long the headers of a request may take, from the connection or the answer before on; then it is closed."""
RETRY_SECONDS = "60"

FIELD, VALUE = "List-Unsubscribe", "One-Click"
"""What the POST of a mail program says, and the button of the page."""

NAMES = {Channel.EMAIL: "e-mail", Channel.SMS: "text messages", Channel.PUSH: "push messages"}

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}
FORGED = "This link is not one of ours, or a part of it is missing. Please use the whole link of a message from us."
EXPIRED = "This link has expired. Please use the link of a later message from us."
NOT_ONE_CLICK = (
    "To unsubscribe, open this link in a browser and press the button. (A program posts List-Unsubscribe=One-Click.)"
)
TOO_LARGE = "This request is too large."
TOO_SLOW = "This request came too slowly. Please try again."
NOT_NOW = "We could not take this down right now. Please try again in a minute."


def _is_no_bad_request(record: logging.LogRecord) -> bool:
    """Leave out what anybody can send that is no HTTP: its sender is answered, and could fill the log with it."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


# Without versions: aiohttp names its own and Python's, and has no option. Not a header of the pages alone, since its
# own answers to what is no HTTP have it, too.
setattr(web_response, "SERVER_SOFTWARE", "tconsole")  # noqa: B010 - not exported to mypy

protocol_log.addFilter(_is_no_bad_request)

Save = Callable[[Subscription], Awaitable[None]]
"""Keeps an opt-out for good."""


@asynccontextmanager
async def listening(links: UnsubscribeLinks, save: Save, host: str, port: int) -> AsyncIterator[int]:
    """Answer on an address within the block; gives the port, where it was 0.

    Raises:
        OSError: the address cannot be used.
    """
    app = _app(links, save)
    runner = web.AppRunner(app, access_log=None, logger=protocol_log, keepalive_timeout=HEADER_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _app(links: UnsubscribeLinks, save: Save) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY)

    async def answer(request: web.Request) -> web.Response:
        if request.method not in {"GET", "HEAD", "POST"}:
            return _page(405, "This page takes GET and POST.", {"Allow": "GET, HEAD, POST"})
        try:
            subscription = links.read(request.query.get(TOKEN, ""))
        except ForgedLinkError:
            return _page(403, FORGED)
        except ExpiredLinkError:
            return _page(410, EXPIRED)
        if request.method != "POST":  # those who only look, programs that check links too, change nothing
            return _page(200, f"Do you want to get no more {NAMES[subscription.channel]} from us?", button=True)
        return await _unsubscribe(request, subscription, save)

    app.router.add_route("*", "/{path:.*}", answer)
    return app


async def _unsubscribe(request: web.Request, subscription: Subscription, save: Save) -> web.Response:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            form = await request.post()
    except web.HTTPRequestEntityTooLarge:
        return _page(413, TOO_LARGE)
    except TimeoutError:
        return _page(408, TOO_SLOW)
    except Exception:  # noqa: BLE001 - whatever a parser says of what is no form
        return _page(400, NOT_ONE_CLICK)
    if form.get(FIELD) != VALUE:
        return _page(400, NOT_ONE_CLICK)
    try:
        await save(subscription)
    except Exception:
        log.exception("an opt-out could not be saved; its sender is told to try again")
        return _page(503, NOT_NOW, {"Retry-After": RETRY_SECONDS})
    return _page(200, f"You will get no more {NAMES[subscription.channel]} from us. Thank you for telling us.")


def _page(status: int, text: str, headers: dict[str, str] | None = None, *, button: bool = False) -> web.Response:
    form = (
        f'<form method="post"><input type="hidden" name="{FIELD}" value="{VALUE}">'
        '<button type="submit">Unsubscribe</button></form>'
    )
    body = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Unsubscribe</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f"<body><h1>Unsubscribe</h1><p>{text}</p>{form if button else ''}</body></html>"
    )
    return web.Response(status=status, text=body, content_type="text/html", headers=HEADERS | (headers or {}))
