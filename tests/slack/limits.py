"""How many calls Slack takes in a time, see https://docs.slack.dev/apis/web-api/rate-limits."""

from collections import defaultdict, deque

from tests.slack.clock import Clock

PER_CHANNEL = {"chat.postMessage", "chat.postEphemeral"}
"""One message a second to a channel; a burst is not promised."""
CALLS_A_MINUTE = {
    "apps.connections.open": 50,
    "auth.test": 600,
    "chat.delete": 50,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.list": 20,
    "conversations.open": 50,
    "conversations.replies": 50,
    "users.info": 100,
    "users.lookupByEmail": 50,
    "views.open": 100,
    "views.update": 100,
}
"""The tier of each method, as its page says: 20 for tier 2, 50 for tier 3, 100 for tier 4."""


class RateLimits:
    """Counts the calls of each method, and of each channel where the limit is the channel's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def pause(self, method: str, channel: str) -> int:
        """Return 0 and count the call, or return in how many whole seconds it may be tried again."""
        if method in PER_CHANNEL:
            return self._pause(self._calls[method, channel], count=1, window=1)
        return self._pause(self._calls[method, ""], count=CALLS_A_MINUTE[method], window=60)

    def _pause(self, calls: deque[float], *, count: int, window: float) -> int:
        now = self._clock.now()
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= count:
            return max(1, round(calls[0] + window - now))
        calls.append(now)
        return 0
