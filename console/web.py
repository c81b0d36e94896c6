"""Opens a run in Temporal's Web UI."""

import os
import webbrowser
from urllib.parse import quote

from textual.app import App

from console.gateway.rows import RowKey
from console.start.state import Server


def show_run(app: App[object], server: Server, key: RowKey) -> str:
    """Open a run in the browser, and return one line for people: the address, where the browser is not here."""
    if server.ui_url is None:
        return "this server has no Web UI"
    namespace, workflow_id, run_id = (quote(part, safe="") for part in (server.namespace, *key))
    url = f"{server.ui_url.rstrip('/')}/namespaces/{namespace}/workflows/{workflow_id}/{run_id}/history"
    if app.is_web:
        app.open_url(url)  # in the browser that the console itself is in
        return f"opened {url}"
    if "SSH_CONNECTION" in os.environ or not webbrowser.open(url):
        return f"open {url}"
    return f"opened {url}"
