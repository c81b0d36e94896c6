"""A Slack for the demo: ``python -m tests.slack [PORT]``, until it is interrupted."""

import argparse
import asyncio
from contextlib import suppress

from tests.slack.api import APP_TOKEN, BOT_TOKEN
from tests.slack.clock import RealClock
from tests.slack.page import Page
from tests.slack.server import SlackServer

PORT = 8065


async def serve(port: int) -> None:
    """Serve until cancelled, and say where."""
    slack = SlackServer(RealClock())
    slack.fill()
    await slack.start(port, routes=Page(slack).routes())
    lines = (
        f"Read and press as one of the people: {slack.url}/",
        "",
        "For the product:",
        f"export TCONSOLE_SLACK_TOKEN={BOT_TOKEN}",
        f"export TCONSOLE_SLACK_APP_TOKEN={APP_TOKEN}",
        f"export TCONSOLE_SLACK_BASE_URL={slack.base_url}",
    )
    print(*lines, sep="\n", flush=True)  # noqa: T201 - this is its answer
    try:
        await asyncio.Event().wait()
    finally:
        await slack.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.slack", description="A Slack of this machine, for the demo.")
    parser.add_argument(
        "port", nargs="?", type=int, default=PORT, help=f"port on 127.0.0.1, {PORT} unless told otherwise"
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args().port))
