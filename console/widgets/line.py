"""One line with a left and a right side, whose least important parts are shortened to fit."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

GAP = 3


@dataclass(frozen=True)
class Part:
    """A part of the line. ``forms`` go from the longest to the shortest; a lower ``weight`` is shortened first."""

    forms: tuple[Content, ...]
    weight: int
    right: bool = False


def lay_out(parts: Sequence[Part], width: int) -> Content:
    """Return the parts in one line of ``width`` cells."""
    level = [0] * len(parts)

    def form(index: int) -> Content:
        return parts[index].forms[level[index]]

    def needed() -> int:
        lengths = [form(index).cell_length for index in range(len(parts))]
        return sum(length + GAP for length in lengths if length) - GAP + 2

    while needed() > width:
        shorter = [index for index, part in enumerate(parts) if level[index] + 1 < len(part.forms)]
        if not shorter:
            break
        level[min(shorter, key=lambda index: (parts[index].weight, level[index]))] += 1
    space = Content(" " * GAP)
    left, right = (
        space.join(form(index) for index, part in enumerate(parts) if part.right is side and form(index))
        for side in (False, True)
    )
    blank = max(width - 2 - left.cell_length - right.cell_length, 1)
    return Content.assemble(" ", left, " " * blank, right, " ")
