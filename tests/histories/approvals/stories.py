"""The recorded stories of approvals."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from functools import partial

from tests.histories.system import Handle, System
from tests.support.approvals import PRODUCTION, Office, level, running_office
from tests.support.eventually import eventually
from workers.store.directory import SqlDirectory
from workflows.approvals.applying import step_key
from workflows.approvals.client import workflow_id
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import (
    AddComment,
    Approve,
    Ask,
    Attach,
    Delegate,
    ExtendDeadline,
    Reassign,
    Reject,
    RequestChanges,
    Resubmit,
    Retract,
    RetryApply,
    SettleApply,
    Snooze,
    Withdraw,
)
from workflows.approvals.workflow import WORKFLOWS

SUGGESTED_EVENTS = 150
"""After so many events the recording server suggests to continue as new; the other stories have fewer."""


async def closed(office: Office, request_id: str) -> Handle:
    """Wait for the end of a request's workflow, and return it."""
    await office.state_at_end(request_id)
    return office.temporal.get_workflow_handle(workflow_id(request_id))


async def approved(office: Office) -> Handle:
    """Record a request that went through the policy's three levels, with comments of people inside and outside."""
    request_id = await office.start(kind="expense", amount=184_000, currency="USD", details={"supplier": "Optica"})
    await office.client.comment(request_id, AddComment(author="ana", text="Receipts attached."))
    await office.client.approve(request_id, Approve(approver="ben", comment="worth it", version=1))
    await office.client.comment(request_id, AddComment(author="fay", text="I use them too."))
    await office.client.approve(request_id, Approve(approver="emeka", channel="console"))
    await office.client.approve(request_id, Approve(approver="greta"))
    return await closed(office, request_id)


async def rejected(office: Office) -> Handle:
    """Record a request that one of a quorum rejected."""
    request_id = await office.start(levels=[level("ben", "group:hr", rule={"kind": "quorum", "count": 2})])
    await office.client.approve(request_id, Approve(approver="chen"))
    await office.client.reject(request_id, Reject(approver="ben", reason="There is one already."))
    return await closed(office, request_id)


async def withdrawn(office: Office) -> Handle:
    """Record a request that was taken back."""
    request_id = await office.start()
    await office.client.withdraw(request_id, Withdraw(requester="ana", reason="The date moved."))
    return await closed(office, request_id)


async def escalated(office: Office) -> Handle:
    """Record a request that went to somebody else when its time was up, and was approved by them."""
    limit = {"due_seconds": 1, "on_timeout": "escalate", "escalate_to": ["dora"]}
    request_id = await office.start(levels=[level("ben", "chen", rule={"kind": "all"}) | limit])
    await office.state_when(request_id, lambda state: state.attention == "overdue")
    await office.client.approve(request_id, Approve(approver="dora"))
    await office.client.approve(request_id, Approve(approver="ben"))
    return await closed(office, request_id)


async def reminded(office: Office) -> Handle:
    """Record a request whose approver was reminded before approving."""
    request_id = await office.start(levels=[level("ben", due_seconds=1)])
    await office.state_when(request_id, lambda state: state.attention == "overdue")
    await office.client.approve(request_id, Approve(approver="ben"))
    return await closed(office, request_id)


async def expired(office: Office) -> Handle:
    """Record a request that its time limit closed, although somebody sent a signal to approve it."""
    request_id = await office.start(levels=[level("ben", due_seconds=1, on_timeout="reject")])
    await office.temporal.get_workflow_handle(workflow_id(request_id)).signal("approve", {"approver": "ben"})
    return await closed(office, request_id)


async def decided_before_open(office: Office) -> Handle:
    """Record a request whose first vote came before its chain was known."""
    office.lose_directory()
    vote = asyncio.create_task(_vote_of_ben(office, "REQ-EARLY"))
    await office.directory_asked()
    office.faults.up("directory")
    await vote
    return await closed(office, "REQ-EARLY")


async def _vote_of_ben(office: Office, request_id: str) -> None:
    start = asyncio.create_task(office.start(request_id=request_id, levels=[level("ben")]))
    await office.directory_asked()
    await office.client.approve(request_id, Approve(approver="ben"))
    await start


async def changed(office: Office) -> Handle:
    """Record a request that was sent back and in again, with a question, a file and a vote that was taken back."""
    request_id = await office.start(kind="purchase", amount=20_000, currency="USD", levels=[level("ben", "chen")])
    await office.client.ask(request_id, Ask(approver="ben", of="dora", question="Is it right?"))
    await office.client.comment(request_id, AddComment(author="dora", text="Too dear."))
    await office.client.request_changes(request_id, RequestChanges(approver="chen", reason="cheaper"))
    await office.client.resubmit(request_id, Resubmit(requester="ana", amount=15_000, note="as asked"))
    file = {"name": "Offer", "url": "https://files.example.com/offer.pdf", "sha256": "ab" * 32}
    await office.client.attach(request_id, Attach(author="ana", **file))
    await office.client.approve(request_id, Approve(approver="ben", version=2))
    return await closed(office, request_id)


async def in_place(office: Office) -> Handle:
    """Record votes in somebody's place, one that was taken back, and a level that was put off."""
    limit = {"rule": {"kind": "quorum", "count": 2}, "due_seconds": 3600}
    request_id = await office.start(levels=[level("ben", "chen", "emeka") | limit])
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await office.client.snooze(request_id, Snooze(approver="emeka", until=tomorrow))
    extend = ExtendDeadline(level="team", due_at=tomorrow, by="chen", reason="holiday")
    await office.client.extend_deadline(request_id, extend)
    await office.client.approve(request_id, Approve(approver="chen"))
    await office.client.retract(request_id, Retract(approver="chen", reason="too soon"))
    await office.client.delegate(request_id, Delegate(approver="ben", to="fay"))
    reassign = Reassign(level="team", remove="emeka", add="greta", by="emeka", reason="knows it")
    await office.client.reassign(request_id, reassign)
    for approver in ("fay", "greta"):
        await office.client.approve(request_id, Approve(approver=approver))
    return await closed(office, request_id)


async def applied_again(office: Office) -> Handle:
    """Record an approved leave that could not be booked under its key, was tried again, and settled."""
    request_id = "REQ-APPLIED-AGAIN"
    book = SqlDirectory(office.store).book_absence
    await book("ana", date(2026, 1, 1), date(2026, 1, 1), step_key(request_id, 1))
    days = {"from": "2026-12-24", "until": "2027-01-03"}
    await office.start(request_id=request_id, details=days, levels=[level("ben")])
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.state_when(request_id, lambda state: state.status == ApprovalStatus.NEEDS_ACTION)
    await office.client.retry_apply(request_id, RetryApply(by="ana"))
    await office.state_when(request_id, lambda state: state.status == ApprovalStatus.NEEDS_ACTION)
    await office.client.settle_apply(request_id, SettleApply(by="dora", reason="told HR"))
    return await closed(office, request_id)


async def _continued(office: Office) -> tuple[str, Handle]:
    """Let a request go on in a second run; return its ID and its first run."""
    request_id = await office.start(levels=[level("ben", "chen", rule={"kind": "all"}, due_seconds=86_400)])
    running = office.temporal.get_workflow_handle(workflow_id(request_id))
    first = (await running.describe()).run_id
    await office.client.delegate(request_id, Delegate(approver="chen", to="fay"))
    await office.client.approve(request_id, Approve(approver="ben"))
    while (now := await running.describe()).run_id == first and now.history_length < SUGGESTED_EVENTS:
        await office.client.comment(request_id, AddComment(author="ana", text=f"after {now.history_length} events"))
    await eventually(running.describe, lambda described: described.run_id != first)
    return request_id, office.temporal.get_workflow_handle(running.id, run_id=first)


async def first_run(office: Office) -> Handle:
    """Record a request's first run, which continued as new with a vote, a delegation and a deadline."""
    _, first = await _continued(office)
    return first


async def later_run(office: Office) -> Handle:
    """Record the run in which such a request was decided."""
    request_id, _ = await _continued(office)
    await office.client.approve(request_id, Approve(approver="fay", on_behalf_of="chen"))
    return await closed(office, request_id)


APPROVALS = System(
    name="approvals",
    workflows=WORKFLOWS,
    open=partial(running_office, failures=PRODUCTION),
    stories=(
        approved,
        rejected,
        withdrawn,
        escalated,
        reminded,
        expired,
        decided_before_open,
        changed,
        in_place,
        applied_again,
        first_run,
        later_run,
    ),
    server_args=("--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={SUGGESTED_EVENTS}"),
)
