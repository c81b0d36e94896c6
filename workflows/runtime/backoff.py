"""Growing pauses between attempts, for whatever must be started again when it fails."""


class Backoff:
    """Tells how long to wait before the next attempt: twice as long each time, up to ``most`` seconds.

    Something that ran for ``healthy_after`` seconds had recovered, so its next failure starts at ``first`` again.
    """

    def __init__(self, *, first: float = 0.5, most: float = 30.0, healthy_after: float = 60.0) -> None:
        self._first = first
        self._most = most
        self._healthy_after = healthy_after
        self._next = first

    def pause(self, ran_for: float) -> float:
        """Return the seconds to wait, after an attempt that failed when it had run for ``ran_for`` seconds."""
        if ran_for >= self._healthy_after:
            self._next = self._first
        pause = self._next
        self._next = min(self._next * 2, self._most)
        return pause
