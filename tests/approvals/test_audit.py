"""The audit trail: complete, in order, and broken by any change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.approvals import Office
from workflows.approvals.audit import next_entry, verify
from workflows.approvals.models import AuditEntry, AuditTrail
from workflows.approvals.updates import AddComment, Approve, Withdraw
from workflows.shared.errors import RefusedError

START = datetime(2025, 1, 31, 15, 30, 22, 123456, tzinfo=UTC)


@pytest.fixture
def trail() -> AuditTrail:
    entries: list[AuditEntry] = []
    for number, text in enumerate(("asked", "größer", "ended")):
        at = START + timedelta(minutes=number)
        entries.append(next_entry("REQ-1", entries, at=at, actor="ana", action="comment", detail=text))
    return AuditTrail(request_id="REQ-1", entries=entries)


def test_a_trail_that_nobody_touched(trail: AuditTrail) -> None:
    assert verify(trail)
    assert verify(AuditTrail.model_validate_json(trail.model_dump_json()))
    assert verify(AuditTrail(request_id="REQ-1", entries=[]))


@pytest.mark.parametrize(
    "change",
    [
        {"detail": "grosser"},
        {"actor": "ben"},
        {"action": "approve"},
        {"at": START},
        {"sequence": 3},
        {"previous_hash": "0" * 64},
        {"hash": "0" * 64},
    ],
)
def test_a_changed_entry_breaks_it(trail: AuditTrail, change: dict[str, Any]) -> None:
    trail.entries[1] = trail.entries[1].model_copy(update=change)
    assert not verify(trail)


def test_a_missing_moved_or_strange_entry_breaks_it(trail: AuditTrail) -> None:
    first, second, third = trail.entries
    for entries in ([first, third], [second, third], [second, first, third], [first, second, second]):
        assert not verify(AuditTrail(request_id="REQ-1", entries=entries))
    assert not verify(AuditTrail(request_id="REQ-2", entries=trail.entries))


async def test_everything_that_happened_is_in_it(office: Office) -> None:
    request_id = await office.start(kind="expense", amount=184_000, currency="USD")
    await office.client.approve(request_id, Approve(approver="ben", comment="worth it", channel="slack"))
    await office.client.comment(request_id, AddComment(author="fay", text="please"))
    with pytest.raises(RefusedError, match="ana made this request and cannot decide it") as refused:
        await office.client.approve(request_id, Approve(approver="ana"))
    assert refused.value.kind == "SelfApproval"
    await office.client.withdraw(request_id, Withdraw(requester="ana", reason="too dear"))
    await office.state_at_end(request_id)
    trail = await office.client.get_audit_trail(request_id)
    assert verify(trail)
    assert [(entry.actor, entry.action, entry.detail) for entry in trail.entries] == [
        ("ana", "request", "expense of $1,840.00 by ana: Two weeks in August"),
        ("(workflow)", "open", "level manager is open, waiting for ben"),
        ("ben", "approve", "level manager through slack: worth it"),
        ("(workflow)", "open", "level hr is open, waiting for chen or emeka"),
        ("fay", "comment", "please"),
        ("ana", "refused", f"approve: SelfApproval: {refused.value}"),
        ("ana", "withdraw", "too dear"),
        ("(workflow)", "end", "the request is WITHDRAWN"),
    ]
