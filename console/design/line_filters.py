"""What is drawn, without colours or without Unicode: nothing that it says is lost."""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from console.design.theme import MARKED_BACKGROUNDS

ATTRIBUTES = {"reverse": Style(reverse=True), "underline": Style(underline=True)}
MARKED = {Color.parse(colour).hex.lower(): ATTRIBUTES[mark] for colour, mark in MARKED_BACKGROUNDS.items()}
"""What stands for a background, by its colour."""


class WithoutColour(LineFilter):
    """Draws in the terminal's own two colours. What a background tells, an attribute tells."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments without colours."""
        return [Segment(text, style and _colourless(style), control) for text, style, control in segments]


@lru_cache(maxsize=1024)
def _colourless(style: Style) -> Style:
    triplet = style.bgcolor.triplet if style.bgcolor is not None else None
    mark = MARKED.get(triplet.hex) if triplet is not None else None
    return style.without_color + mark if mark is not None else style.without_color


SIGNS = (
    "○o ●* ◔% ◐@ ◌. ⊘/ ▲! ‖= ➤> ✓v ✔v ✖x ↩< ↶( ↺( →> ←< ↑^ ↓_ ⏎< ⌫< …~ ·- ≠#"
    " \u00d7x \u2013- \u2014- \u2019' €E £L ¥Y ₪S ₹R ₩W ₱P ₫D"
)
"""Signs, each with what stands for it."""

ASCII = {
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋", "+"),
    **dict.fromkeys("─━═▁▔", "-"),
    **dict.fromkeys("│┃║▏▎▌▐▊", "|"),
    **dict.fromkeys("▂▃▄▅▆▇█▓", "#"),
    **dict.fromkeys("“”„«»", '"'),
    **{pair[0]: pair[1] for pair in SIGNS.split()},
    "░": ":",
    "🔎": "/ ",
    "\u202f": " ",
    "\u00a0": " ",
}
"""Characters of one cell each, and one of two; a stage has a sign of its own here, too."""

UNKNOWN = "?"


class InAscii(LineFilter):
    """Draws for a terminal without Unicode, each character as wide as before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        """Return the segments in ASCII."""
        return [
            Segment(text if text.isascii() else in_ascii(text), style, control) for text, style, control in segments
        ]


@lru_cache(maxsize=4096)
def in_ascii(text: str) -> str:
    """Return a text of as many cells in ASCII: letters without their marks, and ``?`` for what has none."""
    return "".join(character if character.isascii() else _ascii(character) for character in text)


def _ascii(character: str) -> str:
    if character in ASCII:
        return ASCII[character]
    letter = unicodedata.normalize("NFKD", character)[0]
    cells = cell_len(character)
    return letter if letter.isascii() and cells == 1 else UNKNOWN * cells
