"""Text in the details is wrapped below itself, and never wider than the pane."""

import pytest
from rich.cells import cell_len
from textual.content import Content

from console.details.sections import hanging

TEXT = "releases 3 pieces, no refund due; order-ORD-20250131-143022-with-a-long-name goes on"


@pytest.mark.parametrize("width", range(30, 100, 7))
@pytest.mark.parametrize("indent", [2, 12, 29])
def test_no_line_is_wider_than_the_pane(width: int, indent: int) -> None:
    shown = hanging(Content("x" * (indent - 3) + "   "), TEXT, width).plain.split("\n")
    assert max(map(cell_len, shown)) <= width
    assert "".join("".join(shown).split()).endswith("".join(TEXT.split()))


def test_a_text_without_room_beside_its_start_stands_below_it() -> None:
    start = Content("  x  Extend payment window   ")
    assert hanging(start, "gives more time", 47).plain == "  x  Extend payment window\n        gives more time"
    assert hanging(start, "gives more time", 60).plain == "  x  Extend payment window   gives more time"
