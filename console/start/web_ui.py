"""Where the Web UI of a server probably is that somebody else runs."""

from workflows.runtime.embedded import answers

CLOUD = (".tmprl.cloud", ".api.temporal.io")
CLOUD_UI = "https://cloud.temporal.io"
UI_OFFSET = 1000
"""A development server's Web UI is at its port and a thousand."""
LOCAL = ("localhost", "127.0.0.1", "[::1]")


def find_web_ui(address: str) -> str | None:
    """Return the root of the Web UI for Temporal Cloud and for a development server here; None when nobody knows."""
    host, _, port = address.rpartition(":")
    if host.endswith(CLOUD):
        return CLOUD_UI
    ui_port = int(port) + UI_OFFSET
    if host in LOCAL and answers(host.strip("[]"), ui_port):
        return f"http://{host}:{ui_port}"
    return None
