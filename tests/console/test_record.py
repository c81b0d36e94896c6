"""What the record of a request says of Slack."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.systems.approvals.slack import slack_blocks
from console.systems.approvals.trail import Verdict, trail_blocks
from workflows.approvals.models import AuditEntry, AuditTrail
from workflows.approvals.slack.models import SlackState

NOW = datetime(2025, 1, 31, 15, 30, tzinfo=UTC)


def state(**fields: object) -> SlackState:
    return SlackState.model_validate({"request_id": "REQ-1", "on": True, **fields})


def shown(slack: SlackState, width: int) -> str:
    """Return all blocks as text."""
    return "\n".join(line.plain for block in slack_blocks(slack, NOW) for line in block.lines(width))


def message(recipient: str, status: str, **fields: object) -> dict[str, object]:
    known = {"kind": "card", "part": "v1/l0", "created_at": NOW}
    return {"recipient": recipient, "state": status, **known, **fields}


def test_a_request_without_messages_says_whether_slack_is_on() -> None:
    assert "off" in shown(state(on=False), 80)
    assert "no message about this request" in shown(state(), 80)


def test_each_message_says_where_it_is_and_what_keeps_it() -> None:
    failing = message("[b]ben[/b]", "failing", error="ratelimited", retry_at=NOW + timedelta(minutes=3))
    sent = message("", "sent", channel="C1", ts="1738337400.000100")
    text = shown(state(messages=[sent, failing, message("zed", "nobody")]), 100)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "✔ (channel) card v1/l0 up to date C1 1738337400.000100" in lines
    assert "▲ [b]ben[/b] card v1/l0 cannot be sent" in lines
    assert "▲ [b]ben[/b]: ratelimited; tried again in 3 m" in lines
    assert "· zed card v1/l0 is not in Slack" in lines


def test_a_refused_click_says_who_and_why() -> None:
    click = {"at": NOW, "action": "approve", "slack_user": "U1", "team": "T9", "reason": "of another team: T9"}
    text = shown(state(on=False, refused_clicks=[click, {**click, "person": "ben"}]), 60)
    assert "U1 of team T9 approve: of another team: T9" in " ".join(text.split())
    assert "ben approve: " in text
    assert "have no token for Slack now" in " ".join(text.split())


@given(st.text(max_size=400), st.text(min_size=1, max_size=60), st.integers(min_value=30, max_value=200))
def test_an_entry_is_as_high_as_it_says(detail: str, actor: str, width: int) -> None:
    entry = AuditEntry(
        sequence=1, at=NOW, actor=actor, action="extend_deadline", detail=detail, previous_hash="", hash="0" * 64
    )
    (block,) = trail_blocks(AuditTrail(request_id="R", entries=[entry]), Verdict(None, None), NOW)[1:]
    lines = block.lines(width)
    assert len(lines) == block.height(width)
    assert max(line.cell_length for line in lines) <= width
