"""Opens a run in Temporal's Web UI."""

import os
import webbrowser
from urllib.parse import quote

from console.gateway.rows import RowKey
from console.start.state import Server


def run_url(server: Server, key: RowKey) -> str | None:
    """Return the address of a run in the Web UI, None if the server has none."""
    if server.ui_url is None:
        return None
    namespace, workflow_id, run_id = (quote(part, safe="") for part in (server.namespace, *key))
    return f"{server.ui_url.rstrip('/')}/namespaces/{namespace}/workflows/{workflow_id}/{run_id}/history"


def show_run(server: Server, key: RowKey) -> str:
    """Open a run in the browser, and return one line for people: the address, where the browser is not here."""
    url = run_url(server, key)
    if url is None:
        return "this server has no Web UI"
    if "SSH_CONNECTION" in os.environ or not webbrowser.open(url):
        return f"open {url}"
    return f"opened {url}"
