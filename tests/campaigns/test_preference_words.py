"""What a change of preferences says before it is saved."""

from datetime import UTC, datetime

import pytest

from workflows.campaigns.models import (
    DEFAULT_POLICY,
    ChannelConsent,
    Preferences,
    QuietHours,
    SetPreferences,
    UserState,
)
from workflows.campaigns.preference_words import gives_back, only_changes, preferences_words
from workflows.campaigns.user_models import ConsentState

NIGHT = QuietHours(start="22:00", end="07:00", timezone="Europe/Paris")
STATE = UserState(
    user_id="U",
    preferences=Preferences(channels=ChannelConsent(sms=False, push=False)),
    policy=DEFAULT_POLICY,
    usage=[],
    recent=[],
    consent=[
        ConsentState.model_validate({"channel": "email", "state": "subscribed", "source": "the list of users"}),
        ConsentState.model_validate(
            {
                "channel": "sms",
                "state": "unsubscribed",
                "source": "ana",
                "since": datetime(2025, 1, 28, 15, 18, tzinfo=UTC),
            }
        ),
        ConsentState.model_validate({"channel": "push", "state": "suppressed", "source": "hard bounce"}),
    ],
)


def change(**fields: object) -> SetPreferences:
    return SetPreferences.model_validate({"by": "chen", **fields})


@pytest.mark.parametrize(
    ("asked", "words", "back"),
    [
        ({}, "changes nothing", False),
        ({"channels": {"email": True, "sms": False, "push": False}, "quiet_hours": None}, "changes nothing", False),
        (
            {"channels": {"email": False}},
            "turns e-mail off, and calls back what was granted and has not gone out",
            False,
        ),
        (
            {"channels": {"sms": True}},
            "turns SMS on, which was unsubscribed (ana, 2025-01-28 15:18 UTC)",
            True,
        ),
        ({"channels": {"push": True}}, "turns push on, which was suppressed (hard bounce)", True),
        ({"quiet_hours": NIGHT}, "holds messages back from 22:00 until 07:00, Europe/Paris", False),
    ],
)
def test_a_change_says_what_it_does_and_asks_twice_before_it_gives_a_consent_back(
    asked: dict[str, object],
    words: str,
    back: bool,  # noqa: FBT001
) -> None:
    assert preferences_words(STATE, change(**asked)) == words
    assert gives_back(STATE, change(**asked)) is back


def test_what_a_form_leaves_as_it_is_is_not_sent() -> None:
    whole = change(channels={"email": True, "sms": True, "push": False}, quiet_hours=None)
    assert only_changes(STATE, whole).model_dump(mode="json") == {"channels": {"sms": True}, "by": "chen"}
    quiet = STATE.model_copy(update={"preferences": Preferences(quiet_hours=NIGHT)})
    assert only_changes(quiet, change(quiet_hours=None)).model_dump() == {"quiet_hours": None, "by": "chen"}
    assert preferences_words(quiet, change(quiet_hours=None)).startswith("removes the quiet hours")
