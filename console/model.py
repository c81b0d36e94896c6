"""How a pane describes its system: its stages, columns and actions, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from console.design.tone import Tone
from console.gateway.rows import Row


@dataclass(frozen=True)
class Stage:
    """One value of ``BizStage``, as people see it. ``short`` fits the list's stage column of 14 cells."""

    name: str
    label: str
    symbol: str
    tone: Tone
    short: str = ""

    @property
    def word(self) -> str:
        """The word of the list's stage column."""
        return self.short or self.label


def unknown_stage(name: str) -> Stage:
    """Return a stage for a value that this console does not know, such as one of a newer worker."""
    return Stage(name=name, label=name.replace("_", " ").lower(), symbol="?", tone=Tone.PLAIN)


class Cell(NamedTuple):
    """One cell of the list: text and its meaning. Two equal cells are not painted twice."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Column:
    """One column of the list.

    ``width`` is the width in cells; a ``flexible`` column also takes the width that is left over, and an ``ident``
    column grows to the longest ID there is. ``live`` marks a cell that changes with the clock: it does not glow.
    Where room is short, columns with a ``drop_order`` above 0 are left out, the highest first.
    """

    key: str
    title: str
    width: int
    cell: Callable[[Row, datetime], Cell]
    align: Literal["left", "right"] = "left"
    flexible: bool = False
    ident: bool = False
    live: bool = False
    drop_order: int = 0


@dataclass(frozen=True)
class PaneAction:
    """One key that changes something.

    ``name`` is the action's name in ``get_actions``; several may share a key (pause and resume), and then the one
    that is legal now is meant. ``label`` is the footer's word. Without ``names_target`` it needs no row: it creates.
    """

    key: str
    name: str
    label: str
    names_target: bool = True
