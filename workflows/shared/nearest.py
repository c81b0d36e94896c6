"""Which known name somebody meant."""

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

LOOK_ALIKES = str.maketrans("oil|", "0111")
"""Characters that are read as one another, once the case is gone."""


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return the known names that are most like ``name``, whatever its case, the most alike first."""
    folded = defaultdict[str, list[str]](list)
    for each in known:
        folded[_folded(each)].append(each)
    found = get_close_matches(_folded(name), folded, n=count)
    return [each for key in found for each in folded[key]][:count]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean ben?``, or nothing when no known name is like it."""
    found = nearest(name, known)
    return f"; did you mean {found[0]}?" if found else ""


def _folded(name: str) -> str:
    return name.casefold().translate(LOOK_ALIKES)
