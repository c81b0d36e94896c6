"""Bars and sparklines in text."""

from collections.abc import Sequence

from textual.content import Content

from console.design.tone import Tone

FULL, EMPTY = "█", "░"
HEIGHTS = "▁▂▃▄▅▆▇█"


def bar(used: float, whole: float, width: int, tone: Tone) -> Content:
    """Return a bar of ``width`` cells, full only when all is used, and empty only when nothing is."""
    cells = round(width * used / whole) if whole > 0 else width
    if 0 < used < whole:
        cells = min(max(cells, 1), width - 1)
    cells = min(max(cells, 0), width)
    return Content.assemble((FULL * cells, tone.style), (EMPTY * (width - cells), Tone.MUTED.style))


def sparkline(values: Sequence[float], width: int, tone: Tone) -> Content:
    """Return the latest values, one cell each, the highest a full cell; a value above 0 is always visible."""
    shown = list(values)[-width:]
    highest = max(shown, default=0)
    steps = len(HEIGHTS) - 1
    drawn = "".join(HEIGHTS[max(round(value / highest * steps), 1) if value > 0 else 0] for value in shown)
    return tone.styled(drawn)
