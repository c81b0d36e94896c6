"""Notifications, against a Slack that is as strict as the real one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from temporalio.exceptions import ApplicationError

from tests.slack.api import BOT_TOKEN
from tests.slack.blocks import message_problems
from tests.slack.faults import hang_up, rate_limited
from tests.slack.server import CHANNEL, CHANNEL_ID, SlackServer
from tests.slack.workspace import text_objects
from workers.services.approvals import open_approval_ports
from workers.services.slack import DEFAULT_PAUSE, SlackNotifier, slack_client
from workers.services.slack_blocks import as_blocks, as_text
from workers.services.slack_text import clip
from workers.settings.approvals import ApprovalSettings
from workers.store.engine import Store
from workers.store.outbox import notification_outbox
from workflows.approvals.ports import Notification

LENSES = Notification("REQ-1/opened/1", "REQ-1", "New lenses for the lab", "Ana asks for $480.00.", ("ben", "chen"))


@pytest.fixture
async def client(slack: SlackServer) -> AsyncIterator[AsyncWebClient]:
    """Give a client of the local Slack."""
    async with slack_client(BOT_TOKEN, slack.base_url) as client:
        yield client


@pytest.fixture
def notifier(store: Store, client: AsyncWebClient) -> SlackNotifier:
    """Give a notifier that Slack takes messages from."""
    return SlackNotifier(notification_outbox(store), client, CHANNEL)


def health(notifier: SlackNotifier) -> str:
    """Return the health; through a function, since it changes between two looks."""
    return notifier.health


async def test_a_notification_is_posted_once_and_where_it_is_kept(
    store: Store, slack: SlackServer, notifier: SlackNotifier
) -> None:
    assert await notifier.notify(LENSES) == "sent"
    assert await notifier.notify(LENSES) == "sent"
    [post] = slack.posts
    [seen] = slack.person("ben").sees(CHANNEL)
    assert seen.text == "New lenses for the lab\nAna asks for $480.00.\nREQ-1 · for ben, chen"
    assert post["text"] == "New lenses for the lab: Ana asks for $480.00."
    row = await notification_outbox(store).find(LENSES.key)
    assert row is not None
    assert (row["channel"], row["ts"]) == (CHANNEL_ID, seen.message.ts)
    assert row["sent_at"] is not None
    assert health(notifier) == "on"


async def test_without_a_token_slack_is_off(store: Store, slack: SlackServer) -> None:
    for token in (None, SecretStr("")):
        settings = ApprovalSettings(slack_token=token, slack_base_url=slack.base_url)
        async with open_approval_ports(settings, store) as ports:
            assert await ports.notifier.notify(LENSES) == "off"
            assert ports.notifier.health == "off"
    assert slack.called == []


async def test_nobody_is_notified_by_what_people_write(slack: SlackServer, notifier: SlackNotifier) -> None:
    evil = "<!channel> <@U1> <https://evil.example|click> &lt; *bold* @here :tada:"
    await notifier.notify(Notification("k", "REQ-1", evil, evil + "\n```code", ("<!here>",)))
    [seen], [post] = slack.person("ben").sees(CHANNEL), slack.posts
    assert seen.text == f"{evil}\n{evil}\n```code\nREQ-1 · for <!here>"
    assert (seen.message.mentions, seen.message.links) == ([], [])
    assert {(item["type"], item.get("emoji")) for item in text_objects(post["blocks"])} == {("plain_text", False)}
    assert (post["mrkdwn"], post["parse"], post["link_names"]) == (False, "none", False)
    assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)


@pytest.mark.parametrize("character", ["x", "<", "&", "é", "\n"])
async def test_long_texts_are_cut_to_what_slack_takes(
    slack: SlackServer, notifier: SlackNotifier, character: str
) -> None:
    long = character * 50_000
    await notifier.notify(Notification("k", "REQ-1", f"T{long}", f"{long}.", ("ben" * 10_000,)))
    assert len(slack.posts) == 1


@pytest.mark.parametrize(("title", "text"), [("", ""), (" \n", "\t"), ("Title", "")])
async def test_empty_texts_are_posted_too(slack: SlackServer, notifier: SlackNotifier, title: str, text: str) -> None:
    await notifier.notify(Notification("k", "REQ-1", title, text))
    assert len(slack.posts) == 1


@given(title=st.text(max_size=300), text=st.text(max_size=4000), people=st.lists(st.text(max_size=50)))
def test_every_text_is_escaped_and_fits(title: str, text: str, people: list[str]) -> None:
    notification = Notification("k", "REQ-1", title, text, tuple(people))
    blocks = [block.to_dict() for block in as_blocks(notification)]
    assert message_problems(blocks) == []
    for one in [*(item["text"] for item in text_objects(blocks)), as_text(notification)]:
        assert not set("<>") & set(one)


def test_cutting_splits_no_escape() -> None:
    assert clip("ab<cd", 100) == "ab&lt;cd"
    assert [clip("ab<cd", limit) for limit in (3, 4, 5, 6, 7, 8)] == ["ab…", "ab…", "ab…", "ab…", "ab&lt;…", "ab&lt;cd"]


async def test_a_bad_token_is_failing_until_it_is_good(
    store: Store, slack: SlackServer, notifier: SlackNotifier
) -> None:
    async with slack_client("xoxb-bad", slack.base_url) as client:
        bad = SlackNotifier(notification_outbox(store), client, CHANNEL)
        assert health(bad) == "on"
        await bad.check()
        assert health(bad) == "failing"
        with pytest.raises(ApplicationError, match=r"Slack refused chat.postMessage: invalid_auth$") as refused:
            await bad.notify(LENSES)
    assert not refused.value.non_retryable
    assert refused.value.next_retry_delay is None
    assert "xoxb-bad" not in str(refused.value)
    assert await notifier.notify(LENSES) == "sent"
    assert len(slack.posts) == 1


async def test_a_channel_that_does_not_exist(store: Store, client: AsyncWebClient) -> None:
    notifier = SlackNotifier(notification_outbox(store), client, "#nowhere")
    with pytest.raises(ApplicationError, match="channel_not_found"):
        await notifier.notify(LENSES)
    assert health(notifier) == "failing"


@pytest.mark.parametrize(("header", "pause"), [(7, timedelta(seconds=7)), ("", DEFAULT_PAUSE), ("soon", DEFAULT_PAUSE)])
async def test_too_many_messages_wait_as_long_as_slack_asks(
    slack: SlackServer, notifier: SlackNotifier, header: int | str, pause: timedelta
) -> None:
    slack.faults.before = [rate_limited(header)]
    with pytest.raises(ApplicationError, match="ratelimited") as refused:
        await notifier.notify(LENSES)
    assert refused.value.next_retry_delay == pause
    assert health(notifier) == "on"
    assert slack.called == ["chat.postMessage"]
    await notifier.notify(LENSES)
    assert len(slack.posts) == 1


@pytest.mark.parametrize(
    "answer",
    [
        partial(web.Response, status=502, text="<html>Bad gateway</html>", content_type="text/html"),
        partial(web.Response, status=503, text="unavailable"),
        partial(web.Response, status=200, text="<html>Please log in</html>", content_type="text/html"),
        partial(web.Response, status=200, text="ok"),
        partial(web.Response, status=200, text="{broken", content_type="application/json"),
        partial(web.Response, status=200, text="[]", content_type="application/json"),
        partial(web.Response, status=500),
    ],
)
async def test_answers_that_are_none(
    slack: SlackServer, notifier: SlackNotifier, answer: "partial[web.Response]"
) -> None:
    slack.faults.before = [answer()]
    with pytest.raises(ApplicationError, match=r"Slack (refused|did not answer) chat.postMessage"):
        await notifier.notify(LENSES)
    assert health(notifier) == "failing"
    await notifier.notify(LENSES)
    assert health(notifier) == "on"
    assert len(slack.posts) == 1


async def test_a_lost_answer_is_not_tried_again_behind_our_back(slack: SlackServer, notifier: SlackNotifier) -> None:
    slack.faults.after = [hang_up]
    with pytest.raises(ApplicationError, match="Slack did not answer"):
        await notifier.notify(LENSES)
    assert slack.called == ["chat.postMessage"]
    # Slack cannot say whether it has the message: the retry posts it again, and then never more.
    await notifier.notify(LENSES)
    await notifier.notify(LENSES)
    assert len(slack.posts) == 2


async def test_many_attempts_at_once_post_one(slack: SlackServer, notifier: SlackNotifier) -> None:
    results = await asyncio.gather(*(notifier.notify(LENSES) for _ in range(10)), return_exceptions=True)
    assert all(result == "sent" or isinstance(result, ApplicationError) for result in results)
    assert "sent" in results
    assert len(slack.posts) == 1


async def test_a_slack_that_is_silent_is_given_up(
    store: Store, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.services.slack.SLACK_SECONDS", 0.2)
    slack.faults.gate = asyncio.Event()
    async with slack_client(BOT_TOKEN, slack.base_url) as client:
        notifier = SlackNotifier(notification_outbox(store), client, CHANNEL)
        with pytest.raises(ApplicationError, match="did not answer"):
            await notifier.notify(LENSES)
    assert health(notifier) == "failing"
    slack.faults.gate.set()


async def test_nothing_answers(store: Store, unused_tcp_port: int) -> None:
    base_url = f"http://127.0.0.1:{unused_tcp_port}/api/"
    async with slack_client(BOT_TOKEN, base_url) as client:
        notifier = SlackNotifier(notification_outbox(store), client, CHANNEL)
        await notifier.check()
        with pytest.raises(ApplicationError, match="did not answer"):
            await notifier.notify(LENSES)
    assert health(notifier) == "failing"
