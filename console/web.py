"""Opens a run in Temporal's Web UI."""

import asyncio
import os
import webbrowser
from urllib.parse import quote, urlsplit

from textual.app import App

from console.gateway.rows import RowKey
from console.start.state import Server
from workflows.runtime.background import POLL_INTERVAL
from workflows.runtime.embedded import answers

OPEN_SECONDS = 10.0
NO_UI = "this server has no Web UI"
SHUT = (
    "the embedded server has no Web UI here: the system gives it no network of its own, and it would answer everybody"
)


async def show_run(app: App[object], server: Server, key: RowKey) -> str:
    """Open a run in the browser, and return one line for people: the address, where the browser is not here."""
    if server.ui_url is None:
        return SHUT if server.embedded else NO_UI
    if not await open_web_ui(server, server.ui_url):
        return f"the embedded server's Web UI does not open at {server.ui_url}; try again"
    namespace, workflow_id, run_id = (quote(part, safe="") for part in (server.namespace, *key))
    url = f"{server.ui_url.rstrip('/')}/namespaces/{namespace}/workflows/{workflow_id}/{run_id}/history"
    if app.is_web:
        app.open_url(url)  # in the browser that the console itself is in
        return f"opened {url}"
    if "SSH_CONNECTION" in os.environ or not webbrowser.open(url):
        return f"open {url}"
    return f"opened {url}"


async def open_web_ui(server: Server, url: str) -> bool:
    """Ask an embedded server's keeper to open the Web UI, and return whether it answers."""
    if server.ui_request is None:
        return True
    where = urlsplit(url)
    place = where.hostname or "", where.port or 0
    try:
        server.ui_request.touch(mode=0o600)
        async with asyncio.timeout(OPEN_SECONDS):
            while not await asyncio.to_thread(answers, *place):  # noqa: ASYNC110 - it is another process's
                await asyncio.sleep(POLL_INTERVAL)
    except OSError:  # TimeoutError is one too
        return False
    return True
