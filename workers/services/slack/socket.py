"""Socket Mode: takes what people do in Slack, and acknowledges it once it is kept.

slack-sdk's client opens a new connection when Slack asks for it or the old one is lost. But when the handshake fails,
it tries the same address for ever, which is good for one try. So a client that stays unconnected is replaced.
"""

import asyncio
import logging
import time

from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from workers.services.slack.interactions import Interactions
from workers.store.errors import StoreError
from workers.system import Health
from workflows.runtime.backoff import Backoff

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
LOST_SECONDS = 20.0
"""How long a client may be without a connection before another one takes its place."""
WATCH_SECONDS = 1.0


class SocketListener:
    """A connection to Socket Mode, kept up until it is cancelled."""

    def __init__(self, web: AsyncWebClient, app_token: str, interactions: Interactions) -> None:
        self._web = web
        self._app_token = app_token
        self._interactions = interactions
        self.health: Health = "on"
        """``failing`` while there is no connection."""

    async def run(self) -> None:
        """Listen, with one client after the other."""
        backoff = Backoff(first=0.5, most=30.0)
        while True:
            began = time.monotonic()
            client = self._client()
            connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]
            try:
                await self._until_lost(client)
            finally:
                connecting.cancel()
                await asyncio.gather(connecting, return_exceptions=True)
                await _close(client)
            pause = backoff.pause(time.monotonic() - began - LOST_SECONDS)
            log.warning("Slack: no Socket Mode connection for %g s, opening a new one", LOST_SECONDS)
            await asyncio.sleep(pause)

    def _client(self) -> SocketModeClient:
        client = SocketModeClient(
            self._app_token, web_client=self._web, ping_interval=PING_SECONDS, logger=_quiet_logger()
        )
        client.socket_mode_request_listeners.append(self._take)
        return client

    async def _until_lost(self, client: SocketModeClient) -> None:
        seen = time.monotonic()
        while time.monotonic() - seen < LOST_SECONDS:
            if await client.is_connected():
                seen = time.monotonic()
                self.health = "on"
            elif time.monotonic() - seen > PING_SECONDS:
                self.health = "failing"
            await asyncio.sleep(min(WATCH_SECONDS, LOST_SECONDS / 4))

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Keep what somebody did, then acknowledge it; what could not be kept is not acknowledged."""
        try:
            taken = await self._interactions.take(request.type, request.payload)
        except StoreError as error:
            log.warning("Slack: %s is not acknowledged: %s", request.type, error)
            return
        try:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, taken.answer))
        except (SlackClientError, OSError, RuntimeError) as error:
            log.info("Slack: no acknowledgement of %s: %s", request.type, error)
        taken.go_on()


async def _close(client: SocketModeClient) -> None:
    try:
        await client.close()  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - it is of no use any more
        log.info("Slack: the old connection: %s", error)


def _quiet_logger() -> logging.Logger:
    """Return a logger for the client, which logs a lost connection as an error with a trace each time."""
    logger = logging.getLogger("slack_sdk.socket_mode")
    logger.setLevel(logging.CRITICAL)
    return logger
