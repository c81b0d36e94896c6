"""All that this process does with Slack, beside the worker: messages go there, and clicks come from there."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pydantic import SecretStr
from temporalio.client import Client

from workers.services.slack.calls import SlackCalls, slack_client
from workers.services.slack.deciding import Decider
from workers.services.slack.digests import Digests
from workers.services.slack.interactions import Interactions
from workers.services.slack.people import SlackPeople
from workers.services.slack.posting import Posting
from workers.services.slack.relay import Relay
from workers.services.slack.socket import SocketListener
from workers.settings.approvals import ApprovalSettings
from workers.store.engine import Store
from workers.store.slack_digests import Calendars
from workers.store.slack_messages import no_calendars
from workers.system import Health
from workflows.approvals.client import ApprovalsClient

log = logging.getLogger(__name__)


class SlackService:
    """The relay, and the socket if there is a token for one."""

    def __init__(
        self,
        store: Store,
        calls: SlackCalls,
        channel: str,
        app_token: str,
        calendars: Callable[[], Awaitable[Calendars]] = no_calendars,
    ) -> None:
        self._calendars = calendars
        self._store = store
        self._calls = calls
        self._app_token = app_token
        self._people = SlackPeople(store, calls)
        self._socket: SocketListener | None = None
        self.relay = Relay(store, Posting(store, calls, self._people, channel))

    @property
    def health(self) -> Health:
        """Return ``failing`` from a failure until the next success, and while there is no connection, or no channel."""
        if self.relay.channel_refused:
            return "failing"
        if self._calls.health == "on" and self._socket is not None:
            return self._socket.health
        return self._calls.health

    async def run(self, client: Client, *, task_queue: str | None = None) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._calls.check())
            group.create_task(self.relay.run())
            group.create_task(Digests(self._store, self.relay.wake, self._calendars).run())
            if self._app_token:
                approvals = ApprovalsClient(client, task_queue=task_queue)
                decider = Decider(self._store, self._calls, self._people, approvals)
                interactions = Interactions(self._store, self._calls, decider)
                self._socket = SocketListener(self._calls.web, self._app_token, interactions)
                group.create_task(decider.run())
                group.create_task(self._socket.run())
            else:
                log.warning("Slack: there is no app token (TCONSOLE_SLACK_APP_TOKEN), so nothing comes of its buttons")


@asynccontextmanager
async def open_slack(
    settings: ApprovalSettings, store: Store, calendars: Callable[[], Awaitable[Calendars]]
) -> AsyncIterator[SlackService]:
    """Open the client; nothing is sent before the service runs."""
    token = _secret(settings.slack_token)
    async with slack_client(token, settings.slack_base_url) as web:
        app_token = _secret(settings.slack_app_token)
        yield SlackService(store, SlackCalls(web), settings.slack_channel, app_token, calendars)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
