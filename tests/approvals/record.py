"""Records histories of the approvals system, for the replay test: ``python -m tests.approvals.record VERSION``.

Histories of a version that is there are kept: they are what running requests look like. After a change of the
workflow, record the next version beside them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tests.support.approvals import PRODUCTION, Office, level, running_office
from tests.support.histories import keep, record_by_command
from tests.support.temporal import dev_server
from workflows.approvals.client import workflow_id
from workflows.approvals.models import AddComment, Approve, Reject, Withdraw

Story = Callable[[Office], Awaitable[str]]


async def approved(office: Office) -> str:
    """Return a request that went through the policy's three levels, with comments of people inside and outside."""
    request_id = await office.start(kind="expense", amount=184_000, currency="USD", details={"supplier": "Optica"})
    await office.client.comment(request_id, AddComment(author="ana", text="Receipts attached."))
    await office.client.approve(request_id, Approve(approver="ben", comment="worth it", version=1))
    await office.client.comment(request_id, AddComment(author="fay", text="I use them too."))
    await office.client.approve(request_id, Approve(approver="emeka", channel="console"))
    await office.client.approve(request_id, Approve(approver="greta"))
    return request_id


async def rejected(office: Office) -> str:
    """Return a request that one of a quorum rejected."""
    request_id = await office.start(levels=[level("ben", "group:hr", rule={"kind": "quorum", "count": 2})])
    await office.client.approve(request_id, Approve(approver="chen"))
    await office.client.reject(request_id, Reject(approver="ben", reason="There is one already."))
    return request_id


async def withdrawn(office: Office) -> str:
    """Return a request that was taken back."""
    request_id = await office.start()
    await office.client.withdraw(request_id, Withdraw(requester="ana", reason="The date moved."))
    return request_id


async def escalated(office: Office) -> str:
    """Return a request that went to somebody else when its time was up, and was approved by them."""
    limit = {"due_seconds": 1, "on_timeout": "escalate", "escalate_to": ["dora"]}
    request_id = await office.start(levels=[level("ben", "chen", rule={"kind": "all"}) | limit])
    await office.state_when(request_id, lambda state: state.attention == "overdue")
    await office.client.approve(request_id, Approve(approver="dora"))
    await office.client.approve(request_id, Approve(approver="ben"))
    return request_id


async def reminded(office: Office) -> str:
    """Return a request whose approver was reminded before approving."""
    request_id = await office.start(levels=[level("ben", due_seconds=1)])
    await office.state_when(request_id, lambda state: state.attention == "overdue")
    await office.client.approve(request_id, Approve(approver="ben"))
    return request_id


async def expired(office: Office) -> str:
    """Return a request that its time limit closed."""
    return await office.start(levels=[level("ben", due_seconds=1, on_timeout="reject")])


async def decided_before_open(office: Office) -> str:
    """Return a request whose first vote came before its chain was known."""
    office.directory.down = True
    vote = asyncio.create_task(_vote_of_ben(office, "REQ-EARLY"))
    await office.directory.asked.wait()
    office.directory.down = False
    await vote
    return "REQ-EARLY"


async def _vote_of_ben(office: Office, request_id: str) -> None:
    start = asyncio.create_task(office.start(request_id=request_id, levels=[level("ben")]))
    await office.directory.asked.wait()
    await office.client.approve(request_id, Approve(approver="ben"))
    await start


STORIES: tuple[Story, ...] = (approved, rejected, withdrawn, escalated, reminded, expired, decided_before_open)


async def record(version: str) -> None:
    """Write one history for each story.

    Raises:
        FileExistsError: when a history of that version is there.
    """
    async with dev_server() as server:
        for story in STORIES:
            async with running_office(server.client, PRODUCTION) as office:
                request_id = await story(office)
                await office.state_at_end(request_id)
            handle = server.client.get_workflow_handle(workflow_id(request_id))
            await keep(handle, server.client.identity, "approvals", story.__name__, version)


if __name__ == "__main__":
    record_by_command(record)
