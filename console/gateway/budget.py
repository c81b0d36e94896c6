"""Limits the List and Count calls of one console: a self-hosted front end takes 10 a second for a namespace."""

import time


class CallBudget:
    """A token bucket. List calls are made even without a token; Count calls wait for one."""

    def __init__(self, per_second: float = 5.0, burst: float = 8.0) -> None:
        self.per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._at = time.monotonic()

    def spend(self) -> None:
        """Count a call that is made in any case."""
        self._refill()
        self._tokens -= 1

    def take(self) -> bool:
        """Return whether one more call fits, and count it if so."""
        if not self.left:
            return False
        self._tokens -= 1
        return True

    @property
    def left(self) -> bool:
        """Whether one more call fits."""
        self._refill()
        return self._tokens >= 1

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self.per_second)
        self._at = now
