"""Calls of Slack's Web API, with errors that say what to do next."""

import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError, SlackClientError, SlackObjectFormationError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from workers.system import Health

log = logging.getLogger(__name__)

SLACK_SECONDS = 10
"""Timeout of one call."""
DEFAULT_PAUSE = 30.0
"""Seconds to wait if Slack is rate-limiting without `Retry-After`."""
RATE_LIMITED = 429
SERVER_ERROR = 500

LOCKED_OUT = frozenset(
    ("account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked", "not_allowed_token_type")
)
"""Refusals of the token: no call works."""
TROUBLE = frozenset(("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"))
"""Refusals that say nothing about the call; it may have been carried out."""


class SlackRefusedError(Exception):
    """Slack refused a call, and did nothing. ``code`` is its name of the error."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack refused {method}: {code}")
        self.code = code


class SlackBusyError(Exception):
    """Slack takes no more such calls for ``pause`` seconds."""

    def __init__(self, method: str, pause: float) -> None:
        super().__init__(f"Slack asks to wait {pause:g} s before {method}")
        self.pause = pause


class SlackDownError(Exception):
    """Slack did not answer, or refuses everything. ``done`` is None if it may have carried the call out."""

    def __init__(self, text: str, *, done: bool | None) -> None:
        super().__init__(text)
        self.done = done


class SlackCalls:
    """The client, and its health: ``failing`` from a failure until the next success."""

    def __init__(self, web: AsyncWebClient) -> None:
        self.web = web
        self.health: Health = "on"
        self._team = ""

    async def team(self) -> str:
        """Return the ID of the team that the token belongs to."""
        if not self._team:
            answer = await self.answer("auth.test", self.web.auth_test())
            self._team = str(answer["team_id"])
        return self._team

    async def check(self) -> None:
        """Check the token, and set the health. Never raises."""
        try:
            await self.team()
        except (SlackRefusedError, SlackBusyError, SlackDownError) as error:
            log.warning("%s", error)

    async def answer(self, method: str, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """Return the answer of a call.

        Raises:
            SlackRefusedError: this call is wrong.
            SlackBusyError: it is one too many.
            SlackDownError: no call works now.
        """
        try:
            answer = await call
        except SlackApiError as error:
            raise self._refusal(method, error.response) from error
        except SlackObjectFormationError as error:  # the library knows that Slack would refuse it
            raise SlackRefusedError(method, f"invalid_blocks: {error}") from error
        # AttributeError: the library meets an answer that is not JSON, such as a proxy's page.
        except (SlackClientError, ClientError, OSError, AttributeError) as error:
            self.health = "failing"
            text = f"Slack did not answer {method}: {str(error) or type(error).__name__}"
            raise SlackDownError(text, done=None) from error
        self.health = "on"
        return answer

    def _refusal(self, method: str, response: object) -> Exception:
        if isinstance(response, AsyncSlackResponse) and response.status_code == RATE_LIMITED:
            self.health = "on"  # rate limiting is not a failure
            seconds = response.headers.get("Retry-After", "")
            return SlackBusyError(method, float(seconds) if seconds.isdigit() else DEFAULT_PAUSE)
        code = _code(response)
        if code in LOCKED_OUT:
            self.health = "failing"
            return SlackDownError(f"Slack refused {method}: {code}", done=False)
        if not code or code in TROUBLE:
            self.health = "failing"
            reason = code or "an answer that is not JSON"
            return SlackDownError(f"Slack did not answer {method}: {reason}", done=None)
        self.health = "on"
        return SlackRefusedError(method, code)


def _code(response: object) -> str:
    """Return Slack's name of the error, empty if it gave none."""
    if not isinstance(response, AsyncSlackResponse) or not isinstance(response.data, dict):
        return ""
    return "" if response.status_code >= SERVER_ERROR else str(response.data.get("error") or "")


@asynccontextmanager
async def slack_client(token: str, base_url: str) -> AsyncIterator[AsyncWebClient]:
    """Open a client of Slack's Web API.

    It never retries by itself: after a lost connection that could post twice.
    """
    async with ClientSession(timeout=ClientTimeout(total=SLACK_SECONDS)) as session:
        yield AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])
