"""Widths of the picture of an approval chain, and bars."""

from datetime import UTC, datetime, timedelta

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


def open_level(name: str, **fields: object) -> LevelState:
    people = [f"{name}-1", f"{name}-2"]
    return LevelState.model_validate(
        {
            "name": name,
            "status": LevelStatus.OPEN,
            "rule": {"kind": "any"},
            "pending": people,
            "approvers": people,
            **fields,
        }
    )


@pytest.mark.parametrize(("width", "together", "then"), [(100, "══", "──"), (30, "║", "│")])
def test_levels_that_open_together_are_joined_by_another_stroke(width: int, together: str, then: str) -> None:
    levels = [open_level("hr"), open_level("finance", parallel=True), open_level("directors")]
    picture = chain(levels, operator="chen", width=width, now=NOW).plain
    assert picture.index(together) < picture.index("finance") < picture.index(then) < picture.index("directors")


def test_an_open_level_says_who_is_away_and_who_stands_in() -> None:
    away = {"person": "hr-1", "until": NOW + timedelta(hours=3)}
    level = open_level(
        "hr",
        away=[away],
        stand_ins=[{"person": "chen", "of": "hr-1", "by": "substitute"}],
        gone=["old"],
        added=["dora"],
        console_only=True,
    )
    picture = chain([level], operator="chen", width=60, now=NOW).plain
    for words in ("you for hr-1", "hr-1 is away until ", "old has left", "and 2 more"):
        assert words in picture
    closed = level.model_copy(update={"status": LevelStatus.APPROVED})
    assert "away" not in chain([closed], operator="chen", width=60, now=NOW).plain


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
