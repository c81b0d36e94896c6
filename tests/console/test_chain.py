"""The chain of approvals as a picture, and the small bars."""

from datetime import UTC, datetime, timedelta

import pytest

from console.design.tone import Tone
from console.systems.approvals.chain import chain
from console.widgets.bars import bar, sparkline
from workflows.approvals.models import LevelRule, LevelState, LevelStatus, Vote

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)
LEVELS = [
    LevelState(
        name="manager",
        status=LevelStatus.APPROVED,
        rule=LevelRule(),
        votes=[Vote(approver="ben", decision="approve", at=NOW - timedelta(hours=2), comment="worth\x1b[2J it")],
        approvers=["ben"],
    ),
    LevelState(
        name="hr",
        status=LevelStatus.OPEN,
        rule=LevelRule(),
        due_at=NOW + timedelta(hours=5),
        pending=["emeka", "chen"],
        approvers=["emeka", "chen"],
    ),
    LevelState(
        name="directors",
        status=LevelStatus.NOT_OPEN,
        rule=LevelRule(kind="quorum", count=2),
        pending=["dora", "greta", "ivo"],
        approvers=["dora", "greta", "ivo"],
        needed=2,
    ),
]


def drawn(width: int) -> list[str]:
    return [line.rstrip() for line in chain(LEVELS, operator="chen", width=width, now=NOW).plain.splitlines()]


def test_levels_stand_side_by_side_where_there_is_room() -> None:
    assert drawn(72) == [
        "✔ manager ───────────── ◐ hr, any one ───────── ○ directors, 2 of 3",
        "ben, 2 h ago            you · emeka             dora · greta · ivo",
        '"worth it"              due in 5 h 0 min        not open yet',
    ]


def test_levels_stand_below_each_other_in_a_narrow_place() -> None:
    assert drawn(44) == [
        "✔ manager",
        "│ ben, 2 h ago",
        '│ "worth it"',
        "◐ hr, any one",
        "│ you · emeka",
        "│ due in 5 h 0 min",
        "○ directors, 2 of 3",
        "  dora · greta · ivo",
        "  not open yet",
    ]


@pytest.mark.parametrize("width", range(20, 120, 7))
def test_no_line_is_wider_than_the_place(width: int) -> None:
    crowd = [f"somebody-{number}" for number in range(40)]
    levels = [level.model_copy(update={"name": "n" * 60, "pending": crowd}) for level in LEVELS] * 2
    picture = chain(levels, operator="chen", width=width, now=NOW)
    assert max(line.cell_length for line in picture.split()) <= width


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
