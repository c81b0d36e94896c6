"""What the record of a request says of Slack."""

from datetime import UTC, datetime, timedelta

from console.systems.approvals.slack import slack_section
from workflows.approvals.slack.models import SlackState

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)


def state(**fields: object) -> SlackState:
    return SlackState.model_validate({"request_id": "REQ-1", "on": True, **fields})


def message(recipient: str, status: str, **fields: object) -> dict[str, object]:
    known = {"kind": "card", "part": "v1/l0", "created_at": NOW}
    return {"recipient": recipient, "state": status, **known, **fields}


def test_a_request_without_messages_says_whether_slack_is_on() -> None:
    assert "off" in slack_section(state(on=False), 80, NOW).plain
    assert "no message about this request" in slack_section(state(), 80, NOW).plain


def test_each_message_says_where_it_is_and_what_keeps_it() -> None:
    failing = message("[b]ben[/b]", "failing", error="ratelimited", retry_at=NOW + timedelta(minutes=3))
    sent = message("", "sent", channel="C1", ts="1738337400.000100")
    shown = slack_section(state(messages=[sent, failing, message("zed", "nobody")]), 100, NOW).plain
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "✔ (channel) card v1/l0 up to date C1 1738337400.000100" in lines
    assert "▲ [b]ben[/b] card v1/l0 cannot be sent" in lines
    assert "▲ [b]ben[/b]: ratelimited; tried again in 3 m" in lines
    assert "· zed card v1/l0 is not in Slack" in lines


def test_a_refused_click_says_who_and_why() -> None:
    click = {"at": NOW, "action": "approve", "slack_user": "U1", "team": "T9", "reason": "of another team: T9"}
    shown = slack_section(state(on=False, refused_clicks=[click, {**click, "person": "ben"}]), 60, NOW).plain
    assert "U1 of team T9 approve: of another team: T9" in " ".join(shown.split())
    assert "ben approve: " in shown
    assert "have no token for Slack now" in " ".join(shown.split())
