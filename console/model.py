"""Stages, columns and cells: the data with which a system describes its list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from console.design.tone import Tone
from console.gateway.rows import Row


@dataclass(frozen=True)
class Stage:
    """One value of ``BizStage``, as people see it. ``short`` is its word in the list's stage column."""

    name: str
    label: str
    symbol: str
    tone: Tone
    short: str = ""

    @property
    def word(self) -> str:
        """The word of the list's stage column."""
        return self.short or self.label

    @property
    def chip_word(self) -> str:
        """The word of the chip where room is short: only what needs a person keeps one, so that no two look alike."""
        return self.short if self.tone is Tone.HUMAN else ""


def unknown_stage(name: str) -> Stage:
    """Return a stage for a value that this console does not know, such as one of a newer worker."""
    return Stage(name=name, label=name.replace("_", " ").lower(), symbol="?", tone=Tone.PLAIN)


@dataclass(frozen=True)
class Directory:
    """What the company's directory says: whether it knows the operator, and the IDs of the first people in it."""

    known: bool
    people: tuple[str, ...] = ()


EMPTY_DIRECTORY = (
    "the company's directory is empty: fill it with uv run tconsole people add or people import, for approvals"
)


@dataclass(frozen=True)
class Why:
    """Why a person must look, for one code of ``BizAttention``, and what to do about it."""

    words: str
    todo: str
    retries: bool = False
    """Whether a step fails again and again, and is tried again by itself."""


REFUSED_SIGNAL = Why("a signal was refused", "read it in the details, send a right one, and acknowledge it")
"""The code that all systems share."""


class Cell(NamedTuple):
    """One cell of the list. A cell is painted again only when it is not equal any more."""

    text: str
    tone: Tone = Tone.PLAIN
    short: str = ""
    """What a figure says where its column has no room for the text."""


@dataclass(frozen=True)
class Column:
    """One column of the list.

    ``width`` is the width in cells; a ``flexible`` column also takes the width that is left over, and a column that
    ``grows`` is as wide as its longest cell. A ``figure`` grows, too, and no digit of it is ever cut off: its cells say
    their ``short`` text where room is short. ``live`` marks a cell that changes with the clock: it does not glow.
    Where room is short, columns with a ``drop_order`` above 0 are left out, the highest first.
    ``sort_key`` is what rows are sorted by where the text of a cell has another order.
    """

    title: str
    width: int
    cell: Callable[[Row, datetime], Cell]
    align: Literal["left", "right"] = "left"
    flexible: bool = False
    grows: bool = False
    figure: bool = False
    live: bool = False
    drop_order: int = 0
    sort_key: Callable[[Row], Any] | None = None
