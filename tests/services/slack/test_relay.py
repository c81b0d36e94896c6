"""Messages reach Slack once and in order, and are kept up to date, whatever goes wrong on the way."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from aiohttp import web

from tests.services.slack.conftest import CARD, CLOSED, NOON, Post, wanted
from tests.slack.faults import hang_up, rate_limited
from tests.slack.server import CHANNEL, CHANNEL_ID, SlackServer
from tests.slack.workspace import text_objects
from tests.support.beside import beside
from tests.support.eventually import eventually
from workers.services.slack import relay as relay_module
from workers.services.slack.relay import LEASE
from workers.store.leases import give_lease_back, take_lease
from workers.store.slack_wanted import thread_source
from workflows.approvals.models import Comment
from workflows.approvals.slack.models import Notice

TOLD = Notice(event="3-end-abc", text="expense by ana: approved, last by ben", recipients=["ana"])
SAID = Comment(author="fay", text="I need them, too", at=NOON)


async def test_a_card_goes_to_the_channel_and_to_who_decides(served: Post) -> None:
    await served.board.put(wanted(CARD))
    state = await served.all_sent()
    assert [(each.part, each.recipient) for each in state.messages] == [("v1/l0", ""), ("v1/l0", "ben")]
    [in_channel] = served.slack.person("chen").sees(CHANNEL)
    [direct] = served.slack.person("ben").sees()
    assert in_channel.labels == direct.labels == ("Approve", "Reject", "Open in console")
    assert (state.messages[0].channel, state.messages[0].ts) == (CHANNEL_ID, in_channel.message.ts)
    assert served.slack.person("chen").sees() == []


async def test_every_copy_says_who_decided_and_loses_its_buttons(served: Post) -> None:
    await served.board.put(wanted(CARD))
    await served.all_sent()
    await served.board.put(wanted(CLOSED, sequence=2))
    await served.all_sent()
    for seen in (*served.slack.person("chen").sees(CHANNEL), *served.slack.person("ben").sees()):
        assert seen.labels == ()
        assert "Level manager is approved\nben approved 2026-03-02 12:00 UTC" in seen.text
    assert served.slack.called.count("chat.postMessage") == served.slack.called.count("chat.update") == 2


async def test_who_has_voted_keeps_a_message_without_buttons(served: Post) -> None:
    both = CARD.model_copy(update={"deciders": ["ben", "dora"]})
    await served.board.put(wanted(both))
    await served.all_sent()
    await served.board.put(wanted(both.model_copy(update={"deciders": ["dora"]}), sequence=2))
    await served.all_sent()
    assert [seen.labels for seen in served.slack.person("ben").sees()] == [("Open in console",)]
    assert len(served.slack.person("dora").sees()[0].labels) == 3


async def test_an_older_state_changes_nothing(served: Post) -> None:
    await served.board.put(wanted(CLOSED, sequence=2))
    await served.board.put(wanted(CARD, sequence=1))
    await served.all_sent()
    [seen] = served.slack.person("chen").sees(CHANNEL)
    assert "Level manager is approved" in seen.text


async def test_a_new_version_closes_the_cards_of_the_old_one(served: Post) -> None:
    await served.board.put(wanted(CARD))
    await served.board.put(wanted(CARD.model_copy(update={"version": 2}), sequence=2))
    await served.all_sent()
    old, new = served.slack.person("ben").sees()
    assert ("Replaced by version 2" in old.text, old.labels) == (True, ())
    assert len(new.labels) == 3


async def test_notices_are_told_once(served: Post) -> None:
    for sequence in (2, 3):
        await served.board.put(wanted(CLOSED, sequence=sequence, notices=[TOLD]))
    await served.all_sent()
    [seen] = served.slack.person("ana").sees()
    assert seen.text == "New lenses for the lab\nexpense by ana: approved, last by ben\nREQ-1"


async def test_comments_come_below_the_open_cards(served: Post) -> None:
    await served.board.put(wanted(CARD))
    state = await served.all_sent()
    [direct] = served.slack.person("ben").sees()
    place = thread_source(direct.message.channel_id, direct.message.ts)
    await served.board.put(wanted(CARD, sequence=2, comments=[SAID]))
    await served.board.put(
        wanted(CARD, sequence=3, comments=[SAID, SAID.model_copy(update={"text": "From here", "source": place})])
    )
    await served.all_sent()
    [in_channel] = served.slack.person("chen").sees(CHANNEL)
    assert [reply.text for reply in served.slack.person("chen").reads_thread(in_channel)] == [
        "fay: I need them, too",
        "fay: From here",
    ]
    assert [reply.text for reply in served.slack.person("ben").reads_thread(direct)] == ["fay: I need them, too"]
    assert len(state.messages) == 2


async def test_nobody_is_notified_by_what_people_write(served: Post) -> None:
    evil = "<!channel> <@U1> <https://evil.example|click> &lt; *bold* @here :tada:"
    comment = Comment(author="<!here>", text=evil, at=NOON)
    notice = Notice(event="1-x", text=evil, recipients=["ben"])
    card = CARD.model_copy(update={"title": evil, "details": [(evil, evil)], "name": evil})
    await served.board.put(wanted(card, notices=[notice], comments=[comment]))
    await served.all_sent()
    ben = served.slack.person("ben")
    for seen in (*ben.sees(CHANNEL), *ben.sees(), *ben.reads_thread(ben.sees(CHANNEL)[0])):
        assert (seen.message.mentions, seen.message.links) == ([], [])
    for sent in served.slack.posts:
        written = [item for item in text_objects(sent["blocks"]) if "channel" in item["text"]]
        assert {(item["type"], item.get("emoji")) for item in written} == {("plain_text", False)}
        assert (sent["mrkdwn"], sent["parse"], sent["link_names"]) == (False, "none", False)


@pytest.mark.parametrize("loss", [hang_up, None])
async def test_a_lost_answer_posts_nothing_twice(served: Post, loss: object) -> None:
    lost = hang_up if loss else lambda _: web.Response(status=502, text="<html>Bad gateway</html>")
    served.slack.faults.after = [lost, lost]
    await served.board.put(wanted(CARD, notices=[TOLD]))
    await served.all_sent()
    assert len(served.slack.posts) == 3, "each was looked up before it was posted again"
    assert len(served.slack.person("ben").sees(CHANNEL)) == 1


async def test_a_lost_answer_of_a_reply_posts_it_once(served: Post) -> None:
    await served.board.put(wanted(CARD.model_copy(update={"deciders": []})))
    await served.all_sent()
    served.slack.faults.after = [hang_up]
    await served.board.put(wanted(CARD.model_copy(update={"deciders": []}), sequence=2, comments=[SAID]))
    await served.all_sent()
    chen = served.slack.person("chen")
    assert len(chen.reads_thread(chen.sees(CHANNEL)[0])) == 1


async def test_after_a_kill_it_goes_on_where_it_was(post: Post) -> None:
    post.slack.faults.gate = asyncio.Event()
    async with beside(post.serve()):
        await post.board.put(wanted(CARD, notices=[TOLD]))
        await eventually(lambda: post.slack.posts)
    post.slack.faults.gate.set()
    post.slack.faults.gate = None
    await post.board.put(wanted(CLOSED, sequence=2))
    async with beside(post.serve()):
        await post.all_sent()
    assert len(post.slack.posts) == 3
    assert [seen.labels for seen in post.slack.person("ben").sees()] == [()]


@pytest.mark.parametrize(
    "answer",
    [
        partial(web.Response, status=502, text="<html>Bad gateway</html>", content_type="text/html"),
        partial(web.Response, status=503, text="unavailable"),
        partial(web.Response, status=200, text="ok"),
        partial(web.Response, status=200, text="[]", content_type="application/json"),
        partial(web.json_response, {"ok": False, "error": "internal_error"}),
    ],
)
async def test_answers_that_are_none(served: Post, answer: "partial[web.Response]") -> None:
    served.slack.faults.before = [answer()]
    await served.board.put(wanted(CLOSED))
    await served.state_when(lambda state: bool(state.messages and state.messages[0].error))
    assert served.health == "failing"
    await served.all_sent()
    assert served.health == "on"
    assert len(served.slack.posts) == 1


async def test_an_outage_delays_nothing_else_and_all_catches_up_in_order(post: Post) -> None:
    await post.slack.stop()
    async with beside(post.serve()):
        await post.board.put(wanted(CARD))
        await post.state_when(lambda state: any(message.state == "failing" for message in state.messages))
        await post.board.put(wanted(CLOSED, sequence=2, notices=[TOLD, TOLD.model_copy(update={"event": "4-x"})]))
        for number in range(3):
            later = CARD.model_copy(update={"level": number + 1, "name": f"L{number}"})
            await post.board.put(wanted(CLOSED, later, sequence=3 + number))
        await post.slack.start()
        await post.all_sent()
    names = [seen.text.split("level ")[1].split(" ")[0].split("\n")[0] for seen in post.slack.person("ben").sees()]
    assert names == ["manager", "L0", "L1", "L2"]
    assert len(post.slack.person("ana").sees()) == 2
    assert len(post.slack.posts) == 4 * 2 + 2


async def test_too_many_messages_wait_as_long_as_slack_asks(served: Post) -> None:
    served.slack.faults.before = [rate_limited(1)]
    await served.board.put(wanted(CLOSED))
    state = await served.state_when(lambda state: bool(state.messages and state.messages[0].error))
    assert state.messages[0].error == "Slack asks to wait 1 s before chat.postMessage"
    assert state.messages[0].retry_at is not None
    assert served.slack.called == ["chat.postMessage"]
    await served.all_sent()
    assert served.slack.called == ["chat.postMessage", "chat.postMessage"]


async def test_with_slacks_own_limits_all_arrives(
    slack: SlackServer, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "MESSAGE_SECONDS", 0.01)
    slack.faults.rate_limits = True  # of a clock that a second passes on when somebody is told to wait
    pause = slack.api.limits.pause

    def passes(method: str, channel: str) -> int:
        if seconds := pause(method, channel):
            slack.advance(seconds)
        return 0 if not seconds else pause(method, channel)

    monkeypatch.setattr(slack.api.limits, "pause", passes)
    async with beside(post.serve()):
        for number in range(5):
            await post.board.put(wanted(CARD.model_copy(update={"level": number}), sequence=number + 1))
        await post.all_sent()
    assert len(slack.posts) == 10


async def test_a_deleted_message_is_posted_anew_while_it_is_needed(served: Post) -> None:
    await served.board.put(wanted(CARD))
    await served.all_sent()
    for person, channel in (("ben", None), ("ben", CHANNEL)):
        served.slack.person(person).deletes(served.slack.person(person).sees(channel)[0])
    await served.board.put(wanted(CARD.model_copy(update={"due_at": NOON}), sequence=2))
    await eventually(lambda: len(served.slack.person("ben").sees()) == 1)
    await served.all_sent()
    served.slack.person("ben").deletes(served.slack.person("ben").sees()[0])
    await served.board.put(wanted(CLOSED, sequence=3))
    state = await served.state_when(lambda state: {"sent", "deleted"} == {each.state for each in state.messages})
    assert [(each.recipient, each.state) for each in state.messages] == [("", "sent"), ("ben", "deleted")]
    assert served.slack.person("ben").sees() == []


async def test_a_message_that_cannot_be_changed_any_more_is_posted_anew(served: Post) -> None:
    await served.board.put(wanted(CARD))
    await served.all_sent()
    served.slack.faults.edit_window_closed = True
    await served.board.put(wanted(CLOSED, sequence=2))
    await served.all_sent()
    assert [seen.labels for seen in served.slack.person("ben").sees()] == [("Approve", "Reject", "Open in console"), ()]


async def test_who_is_not_in_slack_is_said(served: Post) -> None:
    served.slack.workspace.users["U0BEN"].deleted = True
    await served.board.put(wanted(CARD))
    state = await served.state_when(lambda state: any(message.state == "nobody" for message in state.messages))
    [message] = [message for message in state.messages if message.state == "nobody"]
    assert message.recipient == "ben"
    assert message.error == "ben is not in Slack: the directory has no Slack ID, nor an address there"
    assert message.retry_at is not None


async def test_a_channel_that_does_not_exist_is_said(slack: SlackServer) -> None:
    post = Post(slack, channel="#nowhere")
    async with beside(post.serve()):
        await post.board.put(wanted(CARD))
        state = await post.state_when(lambda state: {"sent", "failing"} == {each.state for each in state.messages})
        assert post.relays[0].channel_refused
    assert state.messages[0].error == "Slack refused chat.postMessage: channel_not_found"
    assert len(slack.person("ben").sees()) == 1


async def test_a_bad_token_is_failing_and_said(slack: SlackServer) -> None:
    post = Post(slack, token="xoxb-bad")  # noqa: S106 - of nobody
    async with beside(post.serve()):
        await post.board.put(wanted(CLOSED))
        state = await post.state_when(lambda state: bool(state.messages and state.messages[0].error))
    assert post.health == "failing"
    assert state.messages[0].error == "Slack refused chat.postMessage: invalid_auth"


async def test_of_several_relays_one_works(post: Post) -> None:
    async with beside(post.serve()), beside(post.serve()), beside(post.serve()):
        for number in range(4):
            await post.board.put(wanted(CARD.model_copy(update={"level": number}), sequence=number + 1))
        await post.all_sent()
    assert len(post.slack.posts) == 8


async def test_even_without_the_lease_nothing_is_posted_twice(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "take_lease", lambda *_: True)  # as where clocks differ
    async with beside(post.serve()), beside(post.serve()), beside(post.serve()):
        for number in range(4):
            await post.board.put(wanted(CARD.model_copy(update={"level": number}), sequence=number + 1))
        await post.all_sent()
    assert len(post.slack.posts) == 8


async def test_a_lease_is_one_owners_until_it_ends(post: Post) -> None:
    minute = timedelta(minutes=1)
    assert post.store.run(take_lease, LEASE, "a", minute)
    assert post.store.run(take_lease, LEASE, "a", minute)
    assert not post.store.run(take_lease, LEASE, "b", minute)
    post.store.run(give_lease_back, LEASE, "b")
    assert not post.store.run(take_lease, LEASE, "b", minute)
    post.store.run(give_lease_back, LEASE, "a")
    assert post.store.run(take_lease, LEASE, "b", -minute)
    assert post.store.run(take_lease, LEASE, "a", minute)
