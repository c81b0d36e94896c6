"""Each update through the workflow, its directory and the client: what the rules decide in detail, pure tests show."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.approvals import Office
from tests.support.temporal import fresh
from workflows.approvals.audit import verify
from workflows.approvals.level_models import Level, LevelRule
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, Refusals
from workflows.approvals.updates import (
    AddComment,
    Approve,
    Ask,
    Attach,
    Delegate,
    ExtendDeadline,
    Reassign,
    RequestChanges,
    Resubmit,
    Retract,
    Snooze,
)
from workflows.shared.errors import RefusedError

PANEL = Level(
    name="panel", approvers=["ben", "chen", "emeka"], rule=LevelRule(kind="quorum", count=2), due_seconds=3600
)
FILE = Attach(author="ana", name="Offer", url="https://files.example.com/offer.pdf", sha256="ab" * 32)


async def start(office: Office) -> str:
    request = ApprovalRequest(
        request_id=fresh("REQ"),
        kind="purchase",
        title="Desk",
        requester="ana",
        amount=20_000,
        currency="USD",
        levels=[PANEL],
    )
    await office.client.start(request)
    return request.request_id


async def test_a_vote_is_taken_back_and_a_delegate_votes_once(strict_office: Office) -> None:
    approvals, request_id = strict_office.client, await start(strict_office)
    await approvals.approve(request_id, Approve(approver="chen"))
    state = await approvals.retract(request_id, Retract(approver="chen", reason="too soon"))
    assert state.levels[0].votes == []
    with pytest.raises(RefusedError, match="the directory does not know zed"):
        await approvals.delegate(request_id, Delegate(approver="ben", to="zed"))
    await approvals.delegate(request_id, Delegate(approver="ben", to="fay"))
    state = await approvals.approve(request_id, Approve(approver="fay"))
    assert [(vote.approver, vote.on_behalf_of) for vote in state.levels[0].votes] == [("fay", "ben")]
    with pytest.raises(RefusedError) as refused:
        await approvals.approve(request_id, Approve(approver="ben"))
    assert refused.value.kind == Refusals.DUPLICATE_VOTE


async def test_a_seat_is_given_away_put_off_and_gets_more_time(strict_office: Office) -> None:
    approvals, request_id = strict_office.client, await start(strict_office)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await approvals.snooze(request_id, Snooze(approver="emeka", until=tomorrow))
    assert (await approvals.explain(request_id)).waiting_for == ["ben", "chen"]
    state = await approvals.extend_deadline(
        request_id, ExtendDeadline(level="panel", due_at=tomorrow, by="chen", reason="holiday")
    )
    assert state.levels[0].due_at == tomorrow
    take = Reassign(level="panel", remove="emeka", add="greta", by="chen", reason="knows desks")
    with pytest.raises(RefusedError) as refused:
        await approvals.reassign(request_id, take)
    assert refused.value.kind == Refusals.NOT_ELIGIBLE
    state = await approvals.reassign(request_id, take.model_copy(update={"by": "emeka"}))
    assert state.levels[0].approvers == ["ben", "chen", "greta"]


async def test_a_vote_is_bound_to_what_was_read_and_a_new_version_begins_anew(strict_office: Office) -> None:
    approvals, request_id = strict_office.client, await start(strict_office)
    read = await approvals.get_state(request_id)
    state = await approvals.attach(request_id, FILE)
    with pytest.raises(RefusedError) as refused:
        await approvals.approve(request_id, Approve(approver="chen", content_hash=read.content_hash))
    assert refused.value.kind == Refusals.STALE_VERSION
    await approvals.approve(request_id, Approve(approver="ben"))
    with pytest.raises(RefusedError, match="ben has voted on what was there") as refused:
        await approvals.attach(request_id, FILE.model_copy(update={"name": "another"}))
    assert refused.value.kind == Refusals.ALREADY_DECIDED
    await approvals.ask(request_id, Ask(approver="chen", of="dora", question="Is it right?"))
    await approvals.comment(request_id, AddComment(author="dora", text="Yes."))
    state = await approvals.request_changes(request_id, RequestChanges(approver="chen", reason="cheaper"))
    assert state.status is ApprovalStatus.CHANGES_REQUESTED
    assert (await approvals.explain(request_id)).waiting_for == ["ana"]
    state = await approvals.resubmit(request_id, Resubmit(requester="ana", amount=15_000, note="as asked"))
    assert (state.version, state.levels[0].votes, state.request.amount) == (2, [], 15_000)
    for approver in ("ben", "emeka"):
        ballot = Approve(approver=approver, version=2, content_hash=state.content_hash)
        state = await approvals.approve(request_id, ballot)
    assert state.status is ApprovalStatus.APPROVED
    trail = await approvals.get_audit_trail(request_id)
    assert verify(trail)
    assert any(entry.action == "refused" and entry.actor == "chen" for entry in trail.entries)
