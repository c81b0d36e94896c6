"""A Slack for each test, and the app at its other end: slack-sdk's own clients."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.api import APP_TOKEN, BOT_TOKEN
from tests.slack.server import SlackServer, strict_slack
from tests.slack.workspace import Json


@dataclass
class App:
    """What an app got over Socket Mode, and how it answers."""

    got: list[SocketModeRequest] = field(default_factory=list)
    answer: Json | None = None
    acknowledges: bool = True
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledge one envelope, and keep it."""
        if self.acknowledges:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answer))
        self.got.append(request)
        self.news.set()

    async def has(self, count: int) -> list[SocketModeRequest]:
        """Wait until it got so many envelopes, and return them all."""
        async with asyncio.timeout(60):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()
        return self.got


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """Give a Slack whose time stands still."""
    async with strict_slack() as server:
        yield server


@pytest.fixture
async def web(slack: SlackServer) -> AsyncIterator[AsyncWebClient]:
    """Give the app's client of the Web API, which tries nothing twice."""
    async with ClientSession() as session:
        yield AsyncWebClient(BOT_TOKEN, slack.base_url, session=session, retry_handlers=[])


@pytest.fixture
def app() -> App:
    """Give an app that acknowledges all it gets."""
    return App()


@pytest.fixture
async def socket(slack: SlackServer, web: AsyncWebClient, app: App) -> AsyncIterator[SocketModeClient]:
    """Give the app's connection to Socket Mode."""
    async with connected(web, app) as client:
        assert len(slack.socket.connections) == 1
        yield client


class connected:  # noqa: N801 - used as a function
    """Connect an app to Socket Mode for a block."""

    def __init__(self, web: AsyncWebClient, app: App, ping_interval: float = 5) -> None:
        self._web, self._app, self._ping_interval = web, app, ping_interval

    async def __aenter__(self) -> SocketModeClient:
        self._client = SocketModeClient(APP_TOKEN, web_client=self._web, ping_interval=self._ping_interval)
        self._client.socket_mode_request_listeners.append(self._app.take)
        await self._client.connect()  # type: ignore[no-untyped-call]
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]
