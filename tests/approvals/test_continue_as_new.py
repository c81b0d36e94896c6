"""Long lives: a request goes on with a fresh history, and loses and repeats nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.approvals.invariants import check_invariants
from tests.support.approvals import PRODUCTION, Office, level, running_office
from tests.support.eventually import eventually
from tests.support.temporal import dev_server
from workers.guards import GuardingRunner
from workflows.approvals.audit import verify
from workflows.approvals.client import workflow_id
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import AddComment, Approve, Delegate, Retract, Snooze
from workflows.shared.errors import RefusedError

EVENTS = 40
"""After so many events the server suggests to continue as new."""
ALL_OF_THEM = level("ben", "chen", "dora", "emeka", "greta", rule={"kind": "all"})


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[Office]:
    """Give an office on a server that suggests it early."""
    setting = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with (
        dev_server("--dynamic-config-value", setting) as server,
        running_office(server.client, PRODUCTION, runner=GuardingRunner()) as office,
    ):
        yield office


async def runs(office: Office, request_id: str) -> int:
    """Count the runs of a request, following each history to the next."""
    handle = office.temporal.get_workflow_handle(workflow_id(request_id))
    run_id: str | None = (await handle.describe()).raw_description.workflow_execution_info.first_run_id
    count = 0
    while run_id:
        count += 1
        history = await office.temporal.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        run_id = history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return count


async def test_comments_and_votes_of_many_runs_are_all_there_once(office: Office) -> None:
    request_id = await office.start(levels=[ALL_OF_THEM])
    chance, texts = random.Random(7), [f"comment {number}" for number in range(24)]  # noqa: S311 - not a secret
    voters = ["ben", "chen", "dora", "emeka"]

    async def comment(text: str) -> None:
        for _ in range(chance.choice((1, 2))):  # who gets no answer sends it again
            await office.client.comment(request_id, AddComment(author="fay", text=text), update_id=f"say {text}")

    async def vote(person: str) -> None:
        for _ in range(2):
            await office.client.approve(request_id, Approve(approver=person), update_id=f"vote {person}")

    for batch in range(0, len(texts), 4):
        acts = [comment(text) for text in texts[batch : batch + 4]]
        await asyncio.gather(*acts, *(vote(person) for person in voters[batch // 4 : batch // 4 + 1]))
        check_invariants(await office.client.get_state(request_id))
    await eventually(lambda: runs(office, request_id), lambda count: count > 2)
    state = await office.client.get_state(request_id)
    assert sorted(each.text for each in state.comments) == sorted(texts)
    assert [vote.approver for vote in state.levels[0].votes] == voters
    with pytest.raises(RefusedError, match="ben has voted"):
        await office.client.approve(request_id, Approve(approver="ben"))
    state = await office.client.approve(request_id, Approve(approver="greta"))
    assert state.status == ApprovalStatus.APPROVED
    await office.state_at_end(request_id)
    trail = await office.client.get_audit_trail(request_id)
    assert verify(trail)
    actions = [entry.action for entry in trail.entries]
    assert (actions.count("comment"), actions.count("approve"), actions.count("reset")) == (24, 5, 0)


async def test_deadlines_people_and_the_row_are_carried_over(office: Office) -> None:
    request_id = await office.start(levels=[level("ben", "chen", due_seconds=3600)])
    before = await office.client.get_state(request_id)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await office.client.delegate(request_id, Delegate(approver="ben", to="fay", until=tomorrow))
    await office.client.snooze(request_id, Snooze(approver="chen", until=tomorrow))
    for number in range(6):
        await office.client.comment(request_id, AddComment(author="fay", text=f"comment {number}"))
    await eventually(lambda: runs(office, request_id), lambda count: count > 1)
    state = await office.state_when(request_id, lambda state: bool(state.levels))
    assert state.levels[0].due_at == before.levels[0].due_at
    assert [(each.person, each.of) for each in state.levels[0].stand_ins] == [("fay", "ben")]
    assert [each.person for each in state.snoozed] == ["chen"]
    described = await office.temporal.get_workflow_handle(workflow_id(request_id)).describe()
    assert await described.memo_value("title") == "Two weeks in August"
    state = await office.client.approve(request_id, Approve(approver="fay"))
    assert state.levels[0].votes[0].on_behalf_of == "ben"


async def test_an_update_that_is_sent_again_after_a_vote_was_taken_back_votes_no_more(office: Office) -> None:
    request_id = await office.start(levels=[ALL_OF_THEM])
    await office.client.approve(request_id, Approve(approver="ben"), update_id="click-1")
    await office.client.retract(request_id, Retract(approver="ben"))
    for number in range(6):
        await office.client.comment(request_id, AddComment(author="fay", text=f"comment {number}"))
    await eventually(lambda: runs(office, request_id), lambda count: count > 1)
    state = await office.client.approve(request_id, Approve(approver="ben"), update_id="click-1")
    assert state.levels[0].votes == []
