"""Exponential backoff between restarts."""


class Backoff:
    """Pauses in seconds that double from ``first`` up to ``most``, and restart after a run of ``healthy_after``."""

    def __init__(self, *, first: float = 0.5, most: float = 30.0, healthy_after: float = 60.0) -> None:
        self._first = first
        self._most = most
        self._healthy_after = healthy_after
        self._next = first

    def pause(self, ran_for: float) -> float:
        """Return the seconds to wait after a run of ``ran_for`` seconds that failed."""
        if ran_for >= self._healthy_after:
            self._next = self._first
        pause = self._next
        self._next = min(self._next * 2, self._most)
        return pause
