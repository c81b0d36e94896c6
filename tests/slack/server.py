"""The local Slack as a server, and as a context manager for tests."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.slack import hooks
from tests.slack.api import WebApi
from tests.slack.clock import Clock, ManualClock
from tests.slack.faults import Faults
from tests.slack.people import Person
from tests.slack.socket_mode import SocketMode
from tests.slack.workspace import Channel, Json, User, Workspace

CHANNEL = "#approvals"
CHANNEL_ID = "C0APPROVAL"
CAST = ("ana", "fay", "ben", "dora", "greta", "chen", "emeka")
"""Everybody in the product's sample data, in Slack by the same e-mail addresses."""


class SlackServer:
    """A Slack on a port of this machine. Its workspace stays while it is stopped."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.workspace = Workspace(clock or ManualClock())
        self.faults = Faults()
        self.api = WebApi(self.workspace, self.faults)
        self.socket = SocketMode(self.workspace, self.faults)
        self.workspace.on_event = lambda event: self.socket.send("events_api", event)
        self.port = 0
        self._people: dict[str, Person] = {}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """Return the address of the Web API, as slack-sdk's clients take it."""
        return f"{self.url}/api/"

    @property
    def posts(self) -> list[Json]:
        """Return the arguments of all messages that were posted, ephemeral ones left out."""
        calls = self.api.calls
        return [call.args for call in calls if call.method == "chat.postMessage" and call.answer.get("ok")]

    @property
    def called(self) -> list[str]:
        """Return the methods of all calls, in order."""
        return [call.method for call in self.api.calls]

    def advance(self, seconds: float) -> None:
        """Move the time on; only with a `ManualClock`."""
        assert isinstance(self.workspace.clock, ManualClock)
        self.workspace.clock.advance(seconds)

    def fill(self) -> None:
        """Add everybody of the sample data, and the channel for approvals with all of them and the app."""
        everybody = [self.workspace.add_user(name) for name in CAST]
        self.workspace.add_channel(CHANNEL.removeprefix("#"), everybody, channel_id=CHANNEL_ID)

    def person(self, name: str) -> Person:
        """Return the person of that name, or ID, at their Slack client."""
        user = next(user for user in self.workspace.users.values() if name in {user.name, user.user_id})
        if user.user_id not in self._people:
            self._people[user.user_id] = Person(self.workspace, self.socket, user, f"{self.url}/actions")
        return self._people[user.user_id]

    def stranger(self, name: str, channels: Iterable[Channel] = ()) -> User:
        """Add somebody of another team, who is in these channels as a guest of Slack Connect."""
        user = self.workspace.add_user(name, team_id="T0STRANGER")
        for channel in channels:
            channel.members.add(user.user_id)
        return user

    async def start(self, port: int = 0, *, routes: Iterable[web.AbstractRouteDef] = ()) -> None:
        """Listen, on the port of the last time if there was one."""
        app = web.Application()
        app.add_routes(routes)
        app.router.add_route("*", "/api/{method}", self.api.handle)
        app.router.add_get("/link/", self.socket.handle)
        app.router.add_post("/actions/{team}/{bot}/{secret}", self._respond)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self.port, reuse_address=True)
        await site.start()
        addresses: list[Any] = self._runner.addresses
        self.port = addresses[0][1]
        self.api.socket_url = f"ws://127.0.0.1:{self.port}/link/"
        self.socket.resume()

    async def stop(self) -> None:
        """Close all connections and the port. Messages, modals and waiting events stay."""
        await self.socket.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def restart(self) -> None:
        """Stop, and start again on the same port."""
        await self.stop()
        await self.start()

    async def _respond(self, request: web.Request) -> web.Response:
        return await hooks.handle(self.workspace, request)


@asynccontextmanager
async def strict_slack(clock: Clock | None = None) -> AsyncIterator[SlackServer]:
    """Run a Slack with everybody of the sample data in it. Its time stands still unless a clock is given."""
    slack = SlackServer(clock)
    slack.fill()
    await slack.start()
    try:
        yield slack
    finally:
        await slack.stop()
