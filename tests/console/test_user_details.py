"""The details of a user, in panes of any width."""

from datetime import UTC, datetime

import pytest

from console.systems.campaigns.user_details import user_details
from tests.screens.frozen import EXAMPLES
from workflows.campaigns.models import QuietHours, RuleUsage, UserState

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("width", [36, 46, 66, 120])
@pytest.mark.parametrize("name", ["2 a day on email by a name that goes on", "漢字" * 20, "[red]x[/]"])
def test_no_cap_and_no_quiet_hours_are_wider_than_the_pane(width: int, name: str) -> None:
    known = UserState.model_validate(EXAMPLES["user"])
    quiet = QuietHours(start="22:00", end="07:00", timezone="America/Argentina/Buenos_Aires")
    usage = [RuleUsage(rule=name, used=1_000, limit=1_000), RuleUsage(rule="b", used=0, limit=1)]
    state = known.model_copy(
        update={"usage": usage, "preferences": known.preferences.model_copy(update={"quiet_hours": quiet})}
    )
    shown = user_details(state, width=width, now=NOW)
    assert max(line.cell_length for line in shown.split()) <= width
    assert "1000 of 1000" in shown.plain
