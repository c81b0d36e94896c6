"""The recorded stories of approvals."""

import asyncio
from functools import partial

from tests.histories.system import Handle, System
from tests.support.approvals import PRODUCTION, Office, level, running_office
from workflows.approvals.client import workflow_id
from workflows.approvals.updates import AddComment, Approve, Reject, Withdraw
from workflows.approvals.workflow import WORKFLOWS


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


APPROVALS = System(
    name="approvals",
    workflows=WORKFLOWS,
    open=partial(running_office, failures=PRODUCTION),
    stories=(approved, rejected, withdrawn, escalated, reminded, expired, decided_before_open),
)
