"""Text from outside, made safe to draw: without terminal escapes, reordering or invisible characters."""

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

ESCAPES = re.compile(
    r"""
    (?:\x1b[P\]X^_]|[\x90\x9d\x98\x9e\x9f])      # DCS, OSC, SOS, PM or APC opens a string ...
        [^\x07\x1b\x9c]* (?:\x07|\x1b\\|\x9c)?   # ... which goes to BEL or ST, or to the end
    | (?:\x1b\[|\x9b) [0-?]*[ -/]*[@-~]?         # CSI: parameters, intermediates, final
    | \x1b[ -/]*[0-~]?                           # the shorter escapes
    """,
    re.VERBOSE,
)
"""Control sequences of ECMA-48, whole or cut short."""

BLANKS = dict.fromkeys(map(ord, "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe0e\ufe0f"))
"""Letters and selectors that draw nothing, or change the width of the character before them."""

JOINERS = "\u200c\u200d"
"""Kept between letters, which some scripts shape with them. Between emoji, terminals disagree on the width."""

VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Number and verse signs: format characters in Unicode, but visible."""

MAX_MARKS = 4
"""Combining marks on one character; more reach into the lines above."""

KEPT = 2_048
"""Texts that are remembered: details are drawn again and again, and a text of 2,000 characters takes a millisecond."""


@lru_cache(maxsize=KEPT)
def plain(text: str, *, limit: int | None = None) -> str:
    """Return ``text`` as one line that is safe to draw, with white space collapsed.

    A line of more than ``limit`` cells ends in ``…``.
    """
    line = " ".join(_visible(ESCAPES.sub("", text)).split())
    if limit is None or cell_len(line) <= limit:
        return line
    return set_cell_size(line, max(limit - 1, 0)).rstrip() + "…" if limit > 0 else ""


def plain_lines(text: str) -> str:
    """Return ``text`` safe to draw, with its line breaks."""
    return "\n".join(plain(line) for line in ESCAPES.sub("", text).splitlines()).strip()


def _visible(text: str) -> str:
    return _shaping_joiners(_few_marks("".join(_drawn(character) for character in text.translate(BLANKS))))


def _drawn(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " " if character.isspace() else ""
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if category == "Cf" and character not in VISIBLE_FORMAT and character not in JOINERS:
        return ""
    return character


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        if character not in JOINERS:
            marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _shaping_joiners(text: str) -> str:
    return "".join(
        character
        for index, character in enumerate(text)
        if character not in JOINERS or (_shapes(text[index - 1 : index]) and _shapes(text[index + 1 : index + 2]))
    )


def _shapes(neighbour: str) -> bool:
    return bool(neighbour) and unicodedata.category(neighbour)[0] in "LM"
