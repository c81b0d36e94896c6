"""What shall go wrong, as a test sets it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

Loss = Callable[[web.Request], web.Response | None]
"""What becomes of an answer after its call was carried out; None lets it pass."""


@dataclass
class Faults:
    """Faults of the Web API and of Socket Mode. Lists and counters are used up, one for each call or envelope."""

    before: list[web.Response] = field(default_factory=list)
    """Answers instead of carrying a call out, such as `rate_limited`."""
    after: list[Loss] = field(default_factory=list)
    """What becomes of answers of calls that were carried out, such as `hang_up`."""
    gate: asyncio.Event | None = None
    """When set, calls are carried out, and their answers wait for it: a slow Slack."""
    rate_limits: bool = False
    """Whether calls are counted, and refused when there are too many."""
    edit_window_closed: bool = False
    """Whether the team lets nobody change a message."""
    revoked: str = ""
    """Error with which every token is refused, such as ``account_inactive`` or ``token_revoked``."""

    duplicates: int = 0
    """So many of the next envelopes are sent twice, over two connections if there are two."""
    late_acknowledgements: int = 0
    """So many of the next acknowledgements count as too late."""
    silent: bool = False
    """Whether pings stay unanswered: a connection that is dead without being closed."""
    redeliver_clicks: bool = False
    """Whether clicks and submissions are sent again until they are acknowledged. Slack does it with events only."""


def rate_limited(seconds: int | str) -> web.Response:
    """Return the answer to one call too many."""
    headers = {"Retry-After": str(seconds)} if seconds != "" else {}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def hang_up(request: web.Request) -> None:
    """Lose the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
