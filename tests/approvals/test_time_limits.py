"""Levels that are not decided in time, with the server's time skipped."""

from tests.support.approvals import Office, level
from tests.support.eventually import eventually
from workflows.approvals.chain.step import MAX_REMINDERS
from workflows.approvals.client import workflow_id
from workflows.approvals.models import ApprovalStatus, LevelStatus
from workflows.approvals.updates import Approve

HOUR = 3600


async def test_escalation_lets_others_vote_too(skipping_office: Office) -> None:
    office = skipping_office
    limit = {"due_seconds": HOUR, "on_timeout": "escalate", "escalate_to": ["group:directors", "ben", "ana"]}
    request_id = await office.start(levels=[level("ben", "chen", rule={"kind": "all"}) | limit, level("fay", name="x")])
    await office.pass_time(seconds=HOUR - 60)
    assert (await office.client.get_state(request_id)).attention is None
    await office.pass_time(seconds=120)
    state = await office.state_when(request_id, lambda state: state.attention == "overdue")
    assert state.levels[0].pending == ["ben", "chen", "dora", "greta"]
    assert (await office.client.get_summary(workflow_id(request_id))).waiting_for == ["ben", "chen", "dora", "greta"]
    await office.client.approve(request_id, Approve(approver="chen"))
    state = await office.client.approve(request_id, Approve(approver="greta"))
    assert state.levels[0].status == LevelStatus.APPROVED, "greta stands in for ben"
    assert state.attention is None
    await office.pass_time(days=30)
    words = "leave by ana: level team is overdue, waiting for 2 of ben, chen, dora and greta"
    told = [(person, text) for person, text in office.told if "overdue" in text]
    assert told == [(person, words) for person in ("ben", "chen", "dora", "greta")]


async def test_a_level_that_rejects_when_its_time_is_up(skipping_office: Office) -> None:
    office = skipping_office
    limit = {"due_seconds": HOUR, "on_timeout": "reject"}
    request_id = await office.start(levels=[level("ben", name="first"), level("chen") | limit, level("fay", name="x")])
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.pass_time(seconds=HOUR + 1)
    state = await office.state_at_end(request_id)
    assert (state.status, state.reason) == (ApprovalStatus.EXPIRED, "level team was not decided in time")
    statuses = [each.status for each in state.levels]
    assert statuses == [LevelStatus.APPROVED, LevelStatus.EXPIRED, LevelStatus.CLOSED]
    assert state.levels[1].due_at is not None
    assert state.updated_at >= state.levels[1].due_at
    assert office.told[-1] == ("ana", "leave by ana: closed: level team was not decided in time")


async def test_reminders_come_each_period_and_end(skipping_office: Office) -> None:
    office = skipping_office
    request_id = await office.start(levels=[level("ben", "chen", due_seconds=HOUR), level("fay", name="x")])
    await office.pass_time(seconds=HOUR * 1.5)
    await office.state_when(request_id, lambda state: state.attention == "overdue")
    await office.pass_time(seconds=HOUR)
    await eventually(lambda: len(_reminders(office)) == 2)
    await office.pass_time(days=30)
    await eventually(lambda: len(_reminders(office)) >= MAX_REMINDERS)
    state = await office.client.approve(request_id, Approve(approver="ben"))
    assert (state.current_level, state.attention) == (1, None)
    assert len(_reminders(office)) == MAX_REMINDERS


async def test_a_vote_in_time_stops_the_clock(skipping_office: Office) -> None:
    office = skipping_office
    limit = {"due_seconds": HOUR, "on_timeout": "reject"}
    request_id = await office.start(levels=[level("ben") | limit, level("chen", name="second")])
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.pass_time(days=2)
    state = await office.client.get_state(request_id)
    assert (state.status, state.current_level) == (ApprovalStatus.IN_REVIEW, 1)
    assert (await office.client.get_summary(workflow_id(request_id))).due_at is None


def _reminders(office: Office) -> list[str]:
    return [text for person, text in office.told if "overdue" in text and person == "ben"]
