"""People in a search attribute that cannot hold all of them: who does not fit is there as a mark, and can be found.

A mark is ``~`` and four characters of a hash of the person's ID. So 200 people always fit, and a stranger is taken for
one of them once in 5,000 requests; the workflow's own answer has everybody.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence

MAX_ATTRIBUTE_BYTES = 2_000
"""The server terminates a run that writes more than 2,048 bytes into one search attribute."""
MARK = "~"
MARK_LENGTH = 5


def mark_of(person: str) -> str:
    """Return what stands for a person whose ID does not fit."""
    digest = base64.b32encode(hashlib.sha256(person.encode(errors="surrogatepass")).digest())
    return MARK + digest[: MARK_LENGTH - 1].decode().lower()


def fitting_people(people: Sequence[str]) -> list[str]:
    """Return all people if they fit, otherwise as many of the first as leave room for marks of the others."""
    for named in range(len(people), -1, -1):
        kept = [*people[:named], *map(mark_of, people[named:])]
        if _fits(kept):
            return kept
    marks = [mark_of(person) for person in people]
    while not _fits(marks):
        marks.pop()
    return marks


def is_among(person: str, kept: Iterable[str]) -> bool:
    """Return whether a person is in the attribute, by ID or by mark."""
    return not {person, mark_of(person)}.isdisjoint(kept)


def is_mark(kept: str) -> bool:
    """Return whether that stands for somebody whose ID did not fit."""
    return len(kept) == MARK_LENGTH and kept.startswith(MARK)


def _fits(values: Sequence[str]) -> bool:
    return len(json.dumps(values)) <= MAX_ATTRIBUTE_BYTES
