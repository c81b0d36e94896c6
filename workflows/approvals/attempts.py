"""How often a client tells a request of refused updates: a flood of them must not fill its history."""

import time
from collections import deque

MINUTE = 60.0
"""In seconds."""
MAX_A_MINUTE = 10
"""Of one person, for one request: as many as its trail takes of them."""
MAX_REMEMBERED = 1000
"""Persons and requests."""


class AttemptLimit:
    """Counts what was told in the last minute."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], deque[float]] = {}

    def may_note(self, request_id: str, person: str) -> bool:
        """Return whether another refused update may be told of, and count it if it may."""
        now = time.monotonic()
        if len(self._told) > MAX_REMEMBERED:
            self._told = {key: times for key, times in self._told.items() if now - times[-1] < MINUTE}
        times = self._told.setdefault((request_id, person), deque(maxlen=MAX_A_MINUTE))
        if len(times) == MAX_A_MINUTE and now - times[0] < MINUTE:
            return False
        times.append(now)
        return True
