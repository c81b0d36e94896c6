"""What has arrived above the cursor since the operator last looked at the top of a list."""

from collections.abc import Callable, Sequence


class Arrivals:
    """Counts workflows that were not in the list before, above the one under the cursor."""

    def __init__(self) -> None:
        self._new: set[str] = set()

    def __len__(self) -> int:
        return len(self._new)

    def clear(self) -> None:
        """Take them as seen."""
        self._new.clear()

    def take(self, before: Callable[[str], bool], now: Sequence[str], focused: str | None) -> None:
        """Take the list as it is ``now``; ``before`` says what was in it, and ``focused`` is under the cursor."""
        above = now[: now.index(focused)] if focused in now else self._new & {*now}  # it is leaving the list
        self._new = {each for each in above if each in self._new or not before(each)}
