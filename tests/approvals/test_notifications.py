"""Whoever must act gets a card of the level, others hear of it once; and none of it stands in the way of a decision."""

import asyncio

from tests.support.approvals import Office, level, running_office
from tests.support.eventually import eventually
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.slack.models import SlackState
from workflows.approvals.updates import Approve, Reject


async def test_each_open_level_has_a_card_and_the_end_is_told_once(office: Office) -> None:
    request_id = await office.start(kind="expense", amount=20_000, currency="USD")
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.client.reject(request_id, Reject(approver="chen", reason="<!channel> & no"))
    state = await office.state_at_end(request_id)
    assert state.slack == "on"
    assert office.told == [("ana", "expense of $200.00 by ana: rejected by chen: <!channel> & no")]
    manager, hr = office.cards(request_id)
    assert (manager.name, manager.outcome, manager.deciders) == ("manager", "Level manager is approved", [])
    assert [(vote.person, vote.decision) for vote in manager.decisions] == [("ben", "approved")]
    assert (hr.name, hr.outcome, hr.asked) == ("hr", "Rejected on level hr", "expense of $200.00 by ana")
    assert [(vote.person, vote.decision, vote.reason) for vote in hr.decisions] == [
        ("chen", "rejected", "<!channel> & no")
    ]


async def test_who_gets_a_card(office: Office) -> None:
    request_id = await office.start()
    slack = await saved(office, request_id, messages=2)
    await office.client.approve(request_id, Approve(approver="ben"))
    slack = await saved(office, request_id, messages=5)
    assert [(message.part, message.recipient) for message in slack.messages] == [
        ("v1/l0", ""),
        ("v1/l0", "ben"),
        ("v1/l1", ""),
        ("v1/l1", "chen"),
        ("v1/l1", "emeka"),
    ]
    assert {message.state for message in slack.messages} == {"waiting"}
    assert (slack.on, slack.refused_clicks) == (True, [])


async def test_off_is_said(office: Office) -> None:
    async with running_office(office.temporal, slack_on=False) as quiet:
        request_id = await quiet.start(levels=[level("ben"), level("chen", name="second")])
        state = await quiet.client.approve(request_id, Approve(approver="ben"))
        assert state.slack == "off"
        assert await quiet.client.slack_state(request_id) == SlackState(request_id=request_id, on=False)


async def test_a_store_that_hangs_delays_no_decision(office: Office) -> None:
    request_id = await office.start(levels=[level("ben")])
    office.faults.hold("put")
    async with asyncio.timeout(5):
        state = await office.client.approve(request_id, Approve(approver="ben"))
    assert state.status == ApprovalStatus.APPROVED
    office.faults.let_go("put")
    await office.state_at_end(request_id)
    assert [card.outcome for card in office.cards(request_id)] == ["Level team is approved: the request is approved"]


async def saved(office: Office, request_id: str, *, messages: int) -> SlackState:
    """Return what Slack is to show once there are so many messages."""
    return await eventually(
        lambda: office.client.slack_state(request_id), lambda state: len(state.messages) == messages
    )
