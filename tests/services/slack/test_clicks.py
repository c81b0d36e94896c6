"""From a click, a modal or a reply in Slack to the workflow's decision, and back to every copy of the message."""

import asyncio

import pytest
from sqlalchemy import select

from tests.services.slack.desk import Desk
from tests.slack.render import Button
from tests.slack.server import CHANNEL
from tests.support.approvals import level
from tests.support.eventually import eventually
from workers.services.slack import socket as socket_module
from workers.services.slack.card import APPROVE
from workers.services.slack.target import ButtonTarget, click_update_id
from workers.store.inserts import insert_new
from workers.store.slack_clicks import Click, keep_click
from workers.store.slack_digests import NO_REQUEST
from workers.store.slack_schema import slack_clicks, slack_messages
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import AddComment, Approve, Retract
from workflows.shared.errors import NoAnswerError


async def test_a_click_decides_and_changes_every_copy(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben", "chen"), level("dora", name="last")])
    ben = desk.person("ben")
    assert await ben.clicks(await desk.asked("ben"), "Approve").done()
    for name, channel in (("ben", None), ("chen", None), ("emeka", CHANNEL)):
        seen = await desk.sees(name, lambda seen: "ben approved" in seen.text, channel)
        assert seen.labels == ()
        assert "Level team is approved\nben approved " in seen.text
    await desk.asked("dora")
    state = await desk.state(request_id)
    assert [(vote.approver, vote.channel) for vote in state.levels[0].votes] == [("ben", "slack")]
    assert (await desk.office.client.slack_state(request_id)).refused_clicks == []


async def test_a_double_click_and_a_duplicate_envelope_are_one_decision(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben", "chen", rule={"kind": "all"})])
    ben, asked = desk.person("ben"), await desk.asked("ben")
    desk.slack.faults.duplicates = 3
    clicks = [ben.clicks(asked, "Approve") for _ in range(3)]
    assert all([await click.done() for click in clicks])
    await desk.sees("ben", lambda seen: "ben approved" in seen.text)
    await eventually(lambda: desk.clicks_undecided() == 0)
    state = await desk.office.client.slack_state(request_id)
    assert state.refused_clicks == []
    assert len((await desk.state(request_id)).levels[0].votes) == 1
    assert desk.slack.called.count("chat.postEphemeral") == 0


async def test_a_stranger_is_refused_and_told_so(open_desk: Desk) -> None:
    desk = open_desk
    channel = desk.slack.workspace.channels["C0APPROVAL"]
    desk.slack.stranger("mallory", [channel])
    request_id = await desk.office.start(levels=[level("ben")])
    assert await desk.person("mallory").clicks(await desk.asked("mallory", CHANNEL), "Approve").done()
    words = "your Slack account is of another team"
    assert await desk.told("mallory", CHANNEL) == f"Nothing was changed: {words}."
    [click] = await desk.refused(request_id)
    assert (click.action, click.slack_user, click.team, click.person) == ("approve", "U0MALLORY", "T0STRANGER", None)
    assert click.reason == words
    await eventually(
        lambda: desk.office.client.get_audit_trail(request_id),
        lambda trail: (
            (trail.entries[-1].actor, trail.entries[-1].detail)
            == ("slack:U0MALLORY", f"approve through slack: NotEligible: {words}")
        ),
    )
    assert (await desk.state(request_id)).levels[0].votes == []


@pytest.mark.parametrize(
    ("user", "team", "words"),
    [
        ("U0NOBODY", "T0TCONSOLE", "Slack does not know U0NOBODY: user_not_found"),
        ("U0APPROVAL", "T0TCONSOLE", "a bot decides nothing"),
        ("U0BEN", "T0OTHER", "your Slack account is of another team"),
        ("U0ZED", "T0TCONSOLE", "the directory does not know you; ask for your Slack ID, U0ZED, to be added to it"),
    ],
)
async def test_forged_and_unknown_people_decide_nothing(open_desk: Desk, user: str, team: str, words: str) -> None:
    desk = open_desk
    desk.slack.workspace.add_user("zed")
    request_id = await desk.office.start(levels=[level("ben")])
    asked = await desk.asked("ben")
    [button] = [each for each in asked.buttons if each.label == "Approve"]
    forged = {"id": user, "username": "x", "team_id": team}
    desk.person("ben").sends_click(asked.message, button, user=forged, team={"id": team, "domain": "x"})
    [click] = await desk.refused(request_id)
    assert click.reason == words
    assert (await desk.state(request_id)).levels[0].votes == []


async def test_who_made_the_request_is_refused_by_the_workflow(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben")])
    desk.person("ana").clicks(await desk.asked("ana", CHANNEL), "Approve")
    words = "ana made this request and cannot decide it; who made it may withdraw it"
    assert await desk.told("ana", CHANNEL) == f"Nothing was changed: {words}."
    [click] = await desk.refused(request_id)
    assert (click.person, click.reason) == ("ana", words)
    await eventually(
        lambda: desk.office.client.get_audit_trail(request_id),
        lambda trail: trail.entries[-1].detail == f"approve through slack: SelfApproval: {words}",
    )


async def test_a_stale_button_says_who_decided_what(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben", "chen"), level("dora", name="last")])
    asked = await desk.asked("ben")
    await desk.office.client.approve(request_id, Approve(approver="chen"))
    await desk.sees("ben", lambda seen: "chen approved" in seen.text)
    desk.person("ben").clicks(asked, "Approve")
    told = await desk.told("ben")
    assert told.startswith("Nothing was changed: level team was approved by chen already")
    assert ". Level team is approved: chen approved on 20" in told
    desk.person("ben").clicks(asked, "Reject")
    clicks = await desk.refused(request_id, 2)
    assert clicks[1].reason == "level team takes no votes any more"
    assert desk.person("ben").modals() == []


async def test_a_stale_button_decides_no_later_level_of_the_same_name(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben", "chen"), level("ben", "dora")])
    asked = await desk.asked("ben")
    await desk.office.client.approve(request_id, Approve(approver="chen"))
    desk.person("ben").clicks(asked, "Approve")
    [click] = await desk.refused(request_id)
    assert click.reason.startswith("level team was approved by chen already")
    assert (await desk.state(request_id)).levels[1].votes == []


async def test_a_rejection_asks_for_its_reason(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben")])
    ben = desk.person("ben")
    ben.clicks(await desk.asked("ben"), "Reject")
    await eventually(ben.modals)
    assert request_id in ben.reads_modal()
    assert await ben.submits(reason="   ").done()
    assert ben.modals()[0].errors == {
        "reason": "Give a reason: it is shown to the requester, and stays in the audit trail."
    }
    assert await ben.submits(reason="too dear & <late>").done()
    assert ben.modals() == []
    await desk.sees("ben", lambda seen: "ben rejected: too dear & <late>" in seen.text)
    await desk.sees("ana", lambda seen: "rejected by ben: too dear & <late>" in seen.text)
    state = await desk.state(request_id)
    assert (state.status, state.reason) == (ApprovalStatus.REJECTED, "too dear & <late>")


async def test_a_level_of_the_console_cannot_be_decided_by_a_forged_click(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben") | {"console_only": True}])
    asked = await desk.sees("ben", lambda seen: seen.labels == ("Open in console",))
    [button] = asked.buttons
    forged = Button("Approve", APPROVE, button.block_id, button.element)
    desk.person("ben").sends_click(asked.message, forged)
    [click] = await desk.refused(request_id)
    assert click.reason == "channel: level team is decided in the console only"
    desk.person("ben").clicks(asked, "Open in console")
    told = await desk.sees("ben", lambda seen: "In the console" in seen.text)
    assert f"press 2 for approvals, then / and type {request_id}" in told.text


async def test_replies_become_comments_and_comments_replies(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben")])
    direct, shared = await desk.asked("ben"), await desk.asked("chen", CHANNEL)
    chen, ben = desk.person("chen"), desk.person("ben")
    chen.replies(shared, "is <!channel> & that needed?")
    await desk.office.state_when(request_id, lambda state: len(state.comments) == 1)
    await desk.office.client.comment(request_id, AddComment(author="ana", text="Yes."))
    await eventually(lambda: len(ben.reads_thread(direct)) == 2)
    await eventually(lambda: len(chen.reads_thread(shared)) == 2)
    words = ["chen: is <!channel> & that needed?", "ana: Yes."]
    assert [reply.text for reply in ben.reads_thread(direct)] == words
    assert [reply.text for reply in chen.reads_thread(shared)] == ["is <!channel> & that needed?", words[1]]
    state = await desk.state(request_id)
    assert [(comment.author, comment.text) for comment in state.comments] == [
        ("chen", "is <!channel> & that needed?"),
        ("ana", "Yes."),
    ]
    chen.replies(shared, "x" * 5000)
    [click] = await desk.refused(request_id)
    assert (click.action, "4000 characters" in click.reason) == ("comment", True)
    trail = await desk.office.client.get_audit_trail(request_id)
    assert (trail.entries[-1].actor, trail.entries[-1].action) == ("chen", "refused")


async def test_a_reply_below_a_digest_is_no_comment(open_desk: Desk) -> None:
    store = open_desk.office.store
    digest = {"request_id": NO_REQUEST, "part": "digest/2026-03-02", "recipient": "ben", "kind": "notice", "wanted": 1}
    store.run(insert_new, slack_messages, digest | {"state": "sent", "position": 1, "channel": "D0BEN", "ts": "1.1"})
    store.run(keep_click, Click("reply/1", "comment", "", "T0TCONSOLE", "U0BEN", "D0BEN", "1.1", text="ok"))
    await eventually(lambda: open_desk.clicks_undecided() == 0)
    [outcome] = store.rows(select(slack_clicks.c.outcome))
    assert outcome[0] == "this thread belongs to no request; comment below the message of one"


async def test_a_vote_that_was_taken_back_can_be_given_again(open_desk: Desk) -> None:
    desk = open_desk
    request_id = await desk.office.start(levels=[level("ben", "chen", rule={"kind": "all"})])
    ben = desk.person("ben")
    old = await desk.asked("ben")
    ben.clicks(old, "Approve")
    await desk.sees("ben", lambda seen: "ben approved" in seen.text)
    await desk.office.client.retract(request_id, Retract(approver="ben"))
    again = await desk.asked("ben")
    ben.clicks(old, "Approve")
    await eventually(lambda: desk.clicks_undecided() == 0)
    assert (await desk.state(request_id)).levels[0].votes == [], "the old button has had its vote"
    ben.clicks(again, "Approve")
    await desk.office.state_when(request_id, lambda state: len(state.levels[0].votes) == 1)


async def test_a_click_during_a_restart_is_decided_after_it(desk: Desk) -> None:
    request_id = await desk.office.start(levels=[level("ben"), level("dora", name="last")])
    async with desk.serve():
        asked = await desk.asked("ben")
    [button] = [each for each in asked.buttons if each.label == "Approve"]
    kept = Click(
        "click/U0BEN/1/approval.approve",
        "approve",
        str(button.element["value"]),
        "T0TCONSOLE",
        "U0BEN",
        asked.message.channel_id,
        asked.message.ts,
    )
    desk.office.store.run(keep_click, kept)  # acknowledged, and then the process died
    async with desk.serve():
        await desk.sees("ben", lambda seen: "ben approved" in seen.text)
        assert not desk.office.store.run(keep_click, kept)
        # It died after the update: the click is still open, and its vote is counted.
        target = ButtonTarget.from_value((await desk.asked("dora")).buttons[0].element["value"])
    vote = Approve(approver="dora", version=1, content_hash=target.content_hash, level="last", channel="slack")
    await desk.office.client.approve(request_id, vote, update_id=click_update_id("approve", target, "dora"))
    await desk.office.state_at_end(request_id)
    late = Click(
        "click/U0DORA/1/approval.approve", "approve", target.to_value(), "T0TCONSOLE", "U0DORA", "D0DORA", "1.1"
    )
    desk.office.store.run(keep_click, late)
    async with desk.serve():
        await eventually(lambda: desk.clicks_undecided() == 0)
    state = await desk.state(request_id)
    assert (state.status, len(state.levels[1].votes)) == (ApprovalStatus.APPROVED, 1)


async def test_a_click_waits_until_a_worker_answers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = await desk.office.start(levels=[level("ben")])
    async with desk.serve():
        asked = await desk.asked("ben")
        desk.office.faults.hold("put")
        calls = 0
        original = ApprovalsClient.approve

        async def fails(self: object, *args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise NoAnswerError("no worker")
            return await original(self, *args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(ApprovalsClient, "approve", fails)
        assert await desk.person("ben").clicks(asked, "Approve").done()
        await desk.office.state_when(request_id, lambda state: state.status == ApprovalStatus.APPROVED)
        desk.office.faults.let_go("put")
        assert calls == 2
        assert await desk.told("ben") == "This is kept, and tried again until somebody answers: no worker"


async def test_a_dropped_socket_is_opened_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "PING_SECONDS", 0.5)
    request_id = await desk.office.start(levels=[level("ben")])
    async with desk.serve():
        asked = await desk.asked("ben")
        [first] = desk.slack.socket.connections
        desk.slack.socket.drop()
        await eventually(lambda: bool(desk.slack.socket.connections) and first not in desk.slack.socket.connections)
        desk.person("ben").clicks(asked, "Approve")
        await desk.office.state_when(request_id, lambda state: state.status == ApprovalStatus.APPROVED)


async def test_an_address_that_does_not_work_is_not_tried_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setattr(socket_module, "LOST_SECONDS", 1.0)
    right = desk.slack.api.socket_url
    desk.slack.api.socket_url = f"ws://127.0.0.1:{unused_tcp_port}/link/"

    async def mended() -> None:
        await eventually(lambda: "apps.connections.open" in desk.slack.called)
        desk.slack.api.socket_url = right

    mending = asyncio.create_task(mended())
    async with desk.serve():
        assert desk.slack.called.count("apps.connections.open") == 2
    await mending
