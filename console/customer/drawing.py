"""A person's screen as text: the head, the lines, and what was searched."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content

from console.customer.reader import BY_ID, PersonReader
from console.customer.sources import Source
from console.customer.timeline import Line, totals
from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import hanging, lines
from console.history.virtual_list import Piece

WHEN_CELLS, NAME_CELLS = 12, 10
MAX_ITEM_CELLS, NARROW_ITEM_CELLS = 26, 20
NARROW = 100
WORDS_CELLS = 34
"""Cells of what happened, where more follows on a wide screen."""
MAX_CONTACT_CELLS = 60


def title(person_id: str, contact: Sequence[str]) -> Content:
    """Return who it is."""
    parts = [plain(part, limit=MAX_CONTACT_CELLS) for part in (*contact[:1], person_id, *contact[1:])]
    return Content(" · ".join(filter(None, parts)))


def head(reader: PersonReader, width: int) -> Content:
    """Return who did not answer, what the systems know besides, and sums by stage."""
    person = reader.person
    sign, tone = Tone.HUMAN.styled("▲ "), Tone.HUMAN.style
    shown = [hanging(sign, failure_words(source), width, tone) for source in person.sources if source.failure]
    known = [row for source in reader.records if source.record is not None for row in source.record.head]
    counted = [(name, Content(plain(words))) for name, words in totals(person.items)]
    shown += [hanging_content(name, words, width) for name, words in (*known, *counted)]
    return lines(*shown) if shown else Tone.MUTED.styled("nothing was found yet")


def hanging_content(name: str, words: Content, width: int) -> Content:
    """Return a line with its name; one that is too long is wrapped, in one tone."""
    start = Content.styled(f"{plain(name, limit=NAME_CELLS):<{NAME_CELLS}} ", Tone.MUTED.style)
    if start.cell_length + words.cell_length <= width:
        return Content.assemble(start, words)
    return hanging(start, words.plain, width)


def failure_words(source: Source) -> str:
    """Return why a source could not be read, and whether it was before."""
    before = "; what is shown of it is older" if source.read else ""
    return f"{source.role}: {source.failure}{before}"


def searched(reader: PersonReader, width: int) -> Content:
    """Return what was searched for the person, and what cannot be known."""
    found = []
    for source in reader.person.sources:
        state = "no answer" if source.failure else source.found if source.read else "…"
        found.append(f"{source.role} {state}")
    return lines(
        hanging(Tone.MUTED.styled("searched   "), f"{BY_ID}: {' · '.join(found)}", width, Tone.MUTED.style),
        hanging(Tone.MUTED.styled("not known  "), "; ".join(reader.limits), width, Tone.MUTED.style),
    )


class Widths(NamedTuple):
    """Widths of the columns with items and money."""

    item: int
    money: int

    @classmethod
    def of(cls, shown: Sequence[Line], width: int) -> "Widths":
        """Return those that fit the lines; no digit is cut."""
        longest = max((cell_len(plain(line.item)) for line in shown), default=0)
        money = max((cell_len(plain(line.money)) for line in shown), default=0)
        return cls(min(longest, MAX_ITEM_CELLS if width >= NARROW else NARROW_ITEM_CELLS), money)


def pieces(line: Line, widths: Widths, width: int) -> list[Piece]:
    """Return a line of the list; what is about it ends in ``…`` where room is short."""
    if line.heading:
        return [(f" {plain(line.words)}", Tone.ACCENT)]
    words, wide = plain(line.words), width >= NARROW
    made: list[Piece] = [
        (f"{plain(line.when, limit=WHEN_CELLS):>{WHEN_CELLS}}  ", Tone.MUTED),
        (f"{line.symbol} ", line.tone),
        (f"{_cell(line.item, widths.item)}  ", Tone.PLAIN),
    ]
    if line.money or wide:
        money = plain(line.money)
        made.append((f"{' ' * (widths.money - cell_len(money))}{money}  ", Tone.PLAIN))
    aligned = wide and line.about and cell_len(words) < WORDS_CELLS
    made.append((_cell(words, WORDS_CELLS) if aligned else words, line.tone))
    if line.about:
        made.append((f"  {plain(line.about)}", Tone.MUTED))
    return made


def _cell(text: str, cells: int) -> str:
    shown = plain(text, limit=cells)
    return shown + " " * (cells - cell_len(shown))
