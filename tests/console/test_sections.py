"""Text in the details is wrapped below itself, and never wider than the pane."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from textual.content import Content

from console.details.sections import forecast, hanging, timing
from workflows.shared.forecast import NextEvent

NOW = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
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


def test_a_forecast_says_when_and_how_long_until_then_at_any_width() -> None:
    events = [NextEvent(at=NOW + timedelta(minutes=90), what=TEXT), NextEvent(at=NOW, what="[b]now\x1b[31m")]
    shown = forecast(events, NOW, 60).plain.split("\n")
    assert shown[0] == "If nobody acts"
    assert shown[1].split()[1:4] == ["in", "1", "h"]
    assert "now  [b]now" in shown[-1]
    assert "\x1b" not in shown[-1]
    for width in (40, 60, 100):
        assert max(map(cell_len, forecast(events, NOW, width).plain.split("\n"))) <= width
    assert not forecast([], NOW, 60)


def test_time_in_stage_and_due_time_stand_together() -> None:
    assert timing(NOW - timedelta(hours=2), None, NOW).plain == "for 2 h"
    due = timing(NOW - timedelta(hours=2), NOW + timedelta(hours=6), NOW).plain
    assert due == "for 2 h · due in 6 h 0 min ▓▓░░░░░░"
    assert timing(NOW - timedelta(hours=2), NOW - timedelta(hours=1), NOW).plain.endswith("overdue by 1 h 0 min")
