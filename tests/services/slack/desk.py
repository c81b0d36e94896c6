"""Everything at once: a Temporal server, a worker, the store, the service, and people in the strict Slack."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import select

from tests.slack.api import APP_TOKEN, BOT_TOKEN
from tests.slack.people import Person
from tests.slack.render import Seen
from tests.slack.server import CHANNEL, SlackServer
from tests.support.approvals import Office
from tests.support.beside import beside
from tests.support.eventually import eventually
from workers.services.slack.calls import SlackCalls, slack_client
from workers.services.slack.service import SlackService
from workers.store.slack_schema import slack_clicks
from workflows.approvals.models import ApprovalState
from workflows.approvals.slack.models import SlackClick


@dataclass
class Desk:
    """An office whose requests are in Slack."""

    office: Office
    slack: SlackServer

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """Run what the product runs beside the worker, connected."""
        async with slack_client(BOT_TOKEN, self.slack.base_url) as web:
            service = SlackService(self.office.store, SlackCalls(web), CHANNEL, APP_TOKEN)
            before = len(self.slack.socket.connections)
            async with beside(service.run(self.office.temporal, task_queue=self.office.task_queue)):
                await eventually(lambda: len(self.slack.socket.connections) > before)
                yield

    def person(self, name: str) -> Person:
        """Return a person at Slack."""
        return self.slack.person(name)

    async def sees(self, name: str, condition: Callable[[Seen], bool], channel: str | None = None) -> Seen:
        """Return the first message that a person sees and that fulfils the condition, waiting for it."""

        def look() -> Seen | None:
            return next((seen for seen in self.person(name).sees(channel) if condition(seen)), None)

        found = await eventually(look)
        assert found is not None
        return found

    async def asked(self, name: str, channel: str | None = None) -> Seen:
        """Return a message with buttons, waiting for it."""
        return await self.sees(name, lambda seen: "Approve" in seen.labels, channel)

    async def told(self, name: str, channel: str | None = None) -> str:
        """Return what the app told a person alone, waiting for it."""
        return (await self.sees(name, lambda seen: seen.message.only_for is not None, channel)).text

    async def state(self, request_id: str) -> ApprovalState:
        """Return the request."""
        return await self.office.client.get_state(request_id)

    async def refused(self, request_id: str, count: int = 1) -> list[SlackClick]:
        """Return the refused clicks once there are so many."""
        state = await eventually(
            lambda: self.office.client.slack_state(request_id), lambda state: len(state.refused_clicks) >= count
        )
        return state.refused_clicks

    def clicks_undecided(self) -> int:
        """Return how many clicks nobody has decided on."""
        return len(self.office.store.rows(select(slack_clicks).where(slack_clicks.c.state == "OPEN")))
