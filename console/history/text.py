"""Events in full, as lines of text: failures with their causes first, then everything as indented JSON."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.cells import cell_len, chop_cells

from console.design.text import plain
from console.design.times import clock
from console.design.tone import Tone
from console.gateway.events.documents import Cause, Document
from console.history.words import Piece

TextLine = tuple[str, Tone]
KEY = re.compile(r'( *)("(?:[^"\\]|\\.)*")(: .*|:)', re.DOTALL)
"""A line of indented JSON with a name."""
INDENT = 2


def text_lines(documents: Sequence[Document], now: datetime) -> list[TextLine]:
    """Return everything in the documents; each line is safe to draw, and of any length."""
    lines: list[TextLine] = []
    chains = dict.fromkeys(tuple(chain) for document in reversed(documents) for chain in document.failures)
    for chain in chains:
        lines += [*_causes(chain), ("", Tone.PLAIN)]
    for document in documents:
        at = f"  {clock(document.at, now)}" if document.at else ""
        lines.append((f"▎ {plain(document.title)}{at}", Tone.ACCENT))
        lines += ((line, Tone.PLAIN) for line in json_lines(document.values))
        lines.append(("", Tone.PLAIN))
    return lines[:-1]


def json_lines(values: object) -> Iterator[str]:
    """Yield indented JSON, safe to draw."""
    for line in json.dumps(values, indent=INDENT, ensure_ascii=False).splitlines():
        yield " " * (len(line) - len(line.lstrip(" "))) + plain(line)


def wrapped(lines: Sequence[TextLine], width: int) -> list[TextLine]:
    """Return the lines without any that is longer than ``width`` cells."""
    made: list[TextLine] = []
    for text, tone in lines:
        if len(text) <= width and (text.isascii() or cell_len(text) <= width):
            made.append((text, tone))
        else:
            made += ((part, tone) for part in _chopped(text, width))
    return made


def drawn(line: TextLine) -> list[Piece]:
    """Return a line with the names in its JSON in their tone."""
    text, tone = line
    found = KEY.fullmatch(text) if tone is Tone.PLAIN else None
    if found is None:
        return [line]
    return [(found[1] + found[2], Tone.ACCENT), (found[3], Tone.PLAIN)]


def _causes(chain: Sequence[Cause]) -> Iterator[TextLine]:
    yield "▲ what failed, and why", Tone.HUMAN
    for depth, cause in enumerate(chain, start=1):
        start = " " * INDENT * depth
        yield f"{start}{'└ ' if depth > 1 else ''}{plain(cause.words)}", Tone.HUMAN
        if cause.facts:
            yield f"{start}  {plain(cause.facts)}", Tone.MUTED
        for line in cause.stack.splitlines():
            yield f"{start}  {' ' * (len(line) - len(line.lstrip(' ')))}{plain(line)}", Tone.MUTED


def _chopped(text: str, width: int) -> list[str]:
    if text.isascii():
        return [text[start : start + width] for start in range(0, len(text), width)]
    return chop_cells(text, width)
