"""Which known name somebody meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return the known names that are most like ``name``, whatever its case, the most alike first."""
    folded = {each.casefold(): each for each in known}
    return [folded[each] for each in get_close_matches(name.casefold(), folded, n=count)]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean ben?``, or nothing when no known name is like it."""
    found = nearest(name, known)
    return f"; did you mean {found[0]}?" if found else ""
