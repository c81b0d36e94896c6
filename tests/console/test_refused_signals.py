"""Details of every system show the signals that it refused, as text."""

from datetime import UTC, datetime

import pytest
from textual.content import Content

from console.design.tone import Tone
from console.details.sections import refused_signals
from console.model import Stage
from console.systems.approvals.details import request_details
from console.systems.campaigns.details import campaign_details
from console.systems.campaigns.user_details import user_details
from console.systems.orders.details import order_details
from console.systems.system import DetailContext
from tests.screens.frozen import EXAMPLES
from workflows.approvals.models import ApprovalView
from workflows.campaigns.models import CampaignProgress, UserState
from workflows.orders.views.models import OrderView, Refusal
from workflows.shared.refused_signals import RefusedSignal

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)
REFUSED = [{"at": NOW, "signal": "confirm_payment", "reason": "amount: [red]a lot\x1b[2J", "invalid": True}]
ADDED = {"refusals": REFUSED, "refusal_count": 61, "attention": "signal_refused"}
CONTEXT = DetailContext(operator="ben", stage=Stage("X", "x", "·", Tone.MOVING), width=80, now=NOW)


def details(system: str) -> Content:
    view = EXAMPLES[system] if system == "user" else EXAMPLES[system]["view"]
    match system:
        case "orders":
            return order_details(OrderView.model_validate(view | ADDED), CONTEXT)
        case "approvals":
            state = {"state": view["state"] | ADDED}
            return request_details(ApprovalView.model_validate(view | state), CONTEXT)
        case "campaigns":
            return campaign_details(CampaignProgress.model_validate(view | ADDED), CONTEXT)
        case _:
            return user_details(UserState.model_validate(view | ADDED), width=80, now=NOW)


@pytest.mark.parametrize("system", ["orders", "approvals", "campaigns", "user"])
def test_refused_signals_are_shown_with_their_reason(system: str) -> None:
    shown = details(system).plain
    assert "▲ signal refused" in shown
    assert "Refused · the latest 1 of 61" in shown
    assert "confirm payment: amount: [red]a lot" in shown
    assert "\x1b" not in shown


def test_nothing_is_shown_where_nothing_was_refused() -> None:
    assert refused_signals([], 0, NOW, 80).plain == ""
    one = [RefusedSignal(at=NOW, signal="x", reason="y"), Refusal(at=NOW, signal="x", reason="y")]
    assert refused_signals(one, 2, NOW, 80).plain.startswith("Refused\n")
