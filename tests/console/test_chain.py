"""Widths of the picture of an approval chain, and bars."""

from datetime import UTC, datetime

import pytest

from console.design.tone import Tone
from console.systems.approvals.chain import chain
from console.widgets.bars import bar, sparkline
from tests.screens.frozen import EXAMPLES
from workflows.approvals.models import LevelState, LevelStatus

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)
LEVELS = [LevelState.model_validate(level) for level in EXAMPLES["approvals"]["view"]["state"]["levels"]]


@pytest.mark.parametrize("width", range(20, 120, 7))
def test_no_line_is_wider_than_the_place(width: int) -> None:
    crowd = [f"somebody-{number}" for number in range(40)]
    levels = [level.model_copy(update={"name": "n" * 60, "pending": crowd}) for level in LEVELS] * 2
    picture = chain(levels, operator="chen", width=width, now=NOW)
    assert max(line.cell_length for line in picture.split()) <= width


def test_who_votes_on_an_earlier_level_is_told_where_they_do_not() -> None:
    first, second, *_ = LEVELS
    left = second.model_copy(
        update={"pending": ["greta"], "votes": [], "barred": ["dora"], "status": LevelStatus.NOT_OPEN}
    )
    nobody = left.model_copy(update={"pending": [], "status": LevelStatus.SKIPPED})
    picture = chain([first, left, nobody], operator="dora", width=40, now=NOW).plain
    assert [line.strip("│ ") for line in picture.splitlines() if "you" in line] == ["not you", "not you"]
    assert picture.rstrip().endswith("skipped")


@pytest.mark.parametrize(
    ("used", "whole", "drawn"),
    [
        (0, 5, "░░░░░"),
        (1, 1000, "█░░░░"),
        (3, 5, "███░░"),
        (999, 1000, "████░"),
        (5, 5, "█████"),
        (9, 5, "█████"),
        (0, 0, "█████"),
    ],
)
def test_a_bar_is_full_only_when_all_is_used(used: int, whole: int, drawn: str) -> None:
    assert bar(used, whole, 5, Tone.MOVING).plain == drawn


def test_a_sparkline_keeps_the_latest_and_shows_whatever_is_there() -> None:
    assert sparkline([9, 0, 1, 50, 100], 4, Tone.MOVING).plain == "▁▂▅█"
    assert sparkline([], 4, Tone.MOVING).plain == ""
