"""The details of a user, in panes of any width."""

from datetime import UTC, datetime

import pytest

from console.design.tone import Tone
from console.model import Stage
from console.systems.campaigns.details import campaign_details
from console.systems.campaigns.user_details import user_details
from console.systems.system import DetailContext
from tests.screens.frozen import EXAMPLES
from workflows.campaigns.models import CampaignProgress, Channel, QuietHours, RecentSend, RuleUsage, UserState
from workflows.campaigns.user_models import HeldMessage, SentDigest

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


@pytest.mark.parametrize("width", [46, 120])
def test_what_waits_for_a_digest_and_what_was_in_one_is_shown(width: int) -> None:
    known = UserState.model_validate(EXAMPLES["user"])
    held = [
        HeldMessage(send_id="S1", campaign_id="[red]SALE", channel=Channel.EMAIL, held_at=NOW),
        HeldMessage(send_id="S2", campaign_id="SHOES", channel=Channel.EMAIL, held_at=NOW, paused=True),
    ]
    digest = SentDigest(send_id="digest-1", channel=Channel.EMAIL, at=NOW, campaigns=["HATS", "COATS"])
    recent = [RecentSend(send_id="digest-1", campaign_id="digest", channel=Channel.EMAIL, at=NOW)]
    state = known.model_copy(update={"held": held, "digests": [digest], "recent": recent, "decisions": []})
    shown = user_details(state, width=width, now=NOW)
    assert max(line.cell_length for line in shown.split()) <= width
    assert "[red]SALE" in shown.plain.partition("Waiting for a digest")[2]
    if width > 100:
        assert "its campaign is paused or has ended" in shown.plain
        assert "of HATS, COATS" in shown.plain


@pytest.mark.parametrize("when_capped", ["digest", "defer"])
def test_a_campaign_says_how_many_wait_for_a_digest(when_capped: str) -> None:
    view = EXAMPLES["campaigns"]["view"]
    request = {**view["request"], "when_capped": when_capped}
    given = CampaignProgress.model_validate({**view, "request": request, "held_for_digest": 1, "in_digests": 1_204})
    context = DetailContext(operator="ben", stage=Stage("X", "x", "·", Tone.MOVING), width=80, now=NOW)
    words = "1 waits for a digest · 1,204 sent in digests"
    assert (words in campaign_details(given, context).plain) is (when_capped == "digest")
