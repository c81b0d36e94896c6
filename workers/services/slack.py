"""Notifications to a Slack channel."""

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Literal

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import RowMapping
from temporalio.exceptions import ApplicationError

from workers.services.delivery import deliver_once
from workers.services.slack_blocks import as_blocks, as_text
from workers.store.outbox import Outbox
from workers.system import Health
from workflows.approvals.ports import Notification

log = logging.getLogger(__name__)

SLACK_SECONDS = 10
"""Timeout of one call."""

DEFAULT_PAUSE = timedelta(seconds=30)
"""Pause if Slack is rate-limiting without `Retry-After`."""

RATE_LIMITED = 429


class SlackNotifier:
    """The port `Notifier`.

    A message that Slack accepted is never posted again. If the answer is lost, the retry posts it twice: Slack has no
    idempotency key.
    """

    def __init__(self, outbox: Outbox, client: AsyncWebClient, channel: str) -> None:
        self._outbox = outbox
        self._client = client
        self._channel = channel
        self._health: Health = "on"

    @property
    def health(self) -> Health:
        """Return ``failing`` from a failure until the next success."""
        return self._health

    async def notify(self, notification: Notification) -> Literal["sent"]:
        """Post the notification once by its key.

        Raises:
            ApplicationError: Slack did not accept it; retried after the pause that Slack asked for.
        """
        content = {"request_id": notification.request_id}
        await deliver_once(self._outbox, notification.key, content, partial(self._post, notification))
        return "sent"

    async def check(self) -> None:
        """Check the token, and set the health. Never raises."""
        try:
            await self._answer("auth.test", self._client.auth_test())
        except ApplicationError as error:
            log.warning("%s", error.message)

    async def _post(self, notification: Notification, _: RowMapping) -> Mapping[str, object]:
        call = self._client.chat_postMessage(
            channel=self._channel,
            text=as_text(notification),
            blocks=as_blocks(notification),
            # No mentions, links or previews from outside text.
            mrkdwn=False,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
        )
        answer = await self._answer("chat.postMessage", call)
        return {"channel": answer.get("channel"), "ts": answer.get("ts")}

    async def _answer(self, method: str, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """Await a call, set the health, and turn every failure into one that Temporal retries."""
        try:
            answer = await call
        except SlackApiError as error:
            pause = _pause(error.response)
            # Rate limiting is not a failure.
            self._health = "failing" if pause is None else "on"
            text = f"Slack refused {method}: {_reason(error.response)}"
            raise ApplicationError(text, type="SlackRefused", next_retry_delay=pause) from error
        # AttributeError: the library meets an answer that is not JSON, such as a proxy's page.
        except (SlackClientError, ClientError, OSError, AttributeError) as error:
            self._health = "failing"
            text = f"Slack did not answer {method}: {str(error) or type(error).__name__}"
            raise ApplicationError(text, type="SlackUnreachable") from error
        self._health = "on"
        return answer


def _pause(response: object) -> timedelta | None:
    """Return how long Slack asks to wait, or None."""
    if not isinstance(response, AsyncSlackResponse) or response.status_code != RATE_LIMITED:
        return None
    seconds = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else DEFAULT_PAUSE


def _reason(response: object) -> str:
    if isinstance(response, AsyncSlackResponse) and isinstance(response.data, dict):
        return str(response.data.get("error") or f"HTTP {response.status_code}")
    return "an answer that is not JSON"


@asynccontextmanager
async def slack_client(token: str, base_url: str) -> AsyncIterator[AsyncWebClient]:
    """Open a client of Slack's Web API.

    It never retries by itself: after a lost connection that could post twice.
    """
    async with ClientSession(timeout=ClientTimeout(total=SLACK_SECONDS)) as session:
        yield AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])
