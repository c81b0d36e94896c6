"""Which known name somebody meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

LOOK_ALIKES = str.maketrans("oil|", "0111")
"""Characters that are read as one another, once the case is gone."""


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return the known names that are most like ``name``, whatever its case, the most alike first.

    Of names that differ by as much, those come first that look like it.
    """
    folded = {each.casefold(): each for each in known}
    wanted = name.casefold()
    found = get_close_matches(wanted, folded, n=max(len(folded), 1))
    found.sort(key=lambda each: (-_likeness(wanted, each), -_likeness(_seen(wanted), _seen(each))))
    return [folded[each] for each in found[:count]]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean ben?``, or nothing when no known name is like it."""
    found = nearest(name, known)
    return f"; did you mean {found[0]}?" if found else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, other, one).ratio()


def _seen(name: str) -> str:
    return name.translate(LOOK_ALIKES)
