"""Notifications tell the right people, and never stand in the way of a decision."""

import asyncio
from datetime import timedelta

from tests.support.approvals import Office, level
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import Approve, Reject


async def test_each_open_level_and_the_end_are_told_once(office: Office) -> None:
    request_id = await office.start(kind="expense", amount=20_000, currency="USD")
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.client.reject(request_id, Reject(approver="chen", reason="<!channel> & no"))
    state = await office.state_at_end(request_id)
    assert state.slack == "sent"
    told = [(notification.text, notification.recipients) for notification in office.channel.delivered.values()]
    assert told == [
        ("expense of $200.00 by ana: level manager is open, waiting for ben", ("ben",)),
        ("expense of $200.00 by ana: level hr is open, waiting for chen or emeka", ("chen", "emeka")),
        ("expense of $200.00 by ana: rejected by chen: <!channel> & no", ("ana",)),
    ]
    assert {notification.title for notification in office.channel.delivered.values()} == {"Two weeks in August"}


async def test_off_is_said(office: Office) -> None:
    office.channel.configured = False
    request_id = await office.start(levels=[level("ben"), level("chen", name="second")])
    await office.state_when(request_id, lambda state: state.slack == "off")
    state = await office.client.approve(request_id, Approve(approver="ben"))
    assert state.slack == "off"


async def test_a_channel_that_hangs_delays_no_decision(office: Office) -> None:
    office.faults.hold("notify")
    request_id = await office.start(levels=[level("ben")])
    async with asyncio.timeout(5):
        state = await office.client.approve(request_id, Approve(approver="ben"))
    assert (state.status, state.slack) == (ApprovalStatus.APPROVED, "pending")
    office.faults.let_go("notify")
    assert (await office.state_at_end(request_id)).slack == "sent"
    assert len(office.channel.delivered) == 2


async def test_a_channel_that_was_down_gets_everything_in_order(skipping_office: Office) -> None:
    office = skipping_office
    office.faults.fail("notify", 8)
    request_id = await office.start(levels=[level("ben"), level("chen", name="second")])
    await office.client.approve(request_id, Approve(approver="ben"))
    assert office.channel.delivered == {}
    await office.pass_time(seconds=40)
    assert (await office.state_when(request_id, lambda state: state.slack == "failing")).current_level == 1
    await office.pass_time(hours=1)
    await office.state_when(request_id, lambda state: state.slack == "sent")
    assert [text.split(": ", 1)[1] for text in office.channel.texts] == [
        "level team is open, waiting for ben",
        "level second is open, waiting for chen",
    ]


async def test_a_channel_that_stays_down_does_not_keep_the_request_open(skipping_office: Office) -> None:
    office = skipping_office
    office.faults.down("notify")
    request_id = await office.start(levels=[level("ben")])
    state = await office.client.approve(request_id, Approve(approver="ben"))
    decided = state.updated_at
    await office.pass_time(minutes=5)
    state = await office.state_at_end(request_id)
    assert (state.status, state.slack) == (ApprovalStatus.APPROVED, "failing")
    handle = office.temporal.get_workflow_handle(f"approval-{request_id}")
    closed = (await handle.describe()).close_time
    assert closed is not None
    assert closed - decided < timedelta(minutes=2)
