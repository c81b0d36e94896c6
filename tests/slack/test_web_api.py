"""The Web API as slack-sdk's client meets it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientError, ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.api import APP_TOKEN, BOT_TOKEN
from tests.slack.faults import hang_up, rate_limited
from tests.slack.server import CHANNEL, CHANNEL_ID, SlackServer
from tests.slack.views import new_trigger
from tests.support.eventually import eventually

MODAL = View(
    type="modal",
    title="Reject",
    submit="Reject",
    blocks=[InputBlock(label="Reason", block_id="reason", element=PlainTextInputElement(action_id="reason"))],
)


def refused(error: str) -> Any:  # noqa: ANN401 - pytest's own type is not public
    """Expect a refusal with this name."""

    def named(found: SlackApiError) -> bool:
        return bool(found.response["error"] == error)

    return pytest.RaisesExc(SlackApiError, check=named)


async def test_a_message_is_posted_changed_and_deleted(slack: SlackServer, web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=CHANNEL, text="for <!channel>")
    assert (posted["channel"], posted["message"]["bot_id"]) == (CHANNEL_ID, "B0APPROVAL")
    [seen] = slack.person("ben").sees(CHANNEL)
    assert (seen.text, seen.message.mentions) == ("for @channel", ["!channel"])
    changed = await web.chat_update(channel=posted["channel"], ts=posted["ts"], text="a &lt; b")
    assert (changed["text"], changed["message"]["edited"]["user"]) == ("a &lt; b", "U0APPROVAL")
    assert slack.person("ben").sees(CHANNEL)[0].text == "a < b (edited)"
    await web.chat_delete(channel=posted["channel"], ts=posted["ts"])
    assert slack.person("ben").sees(CHANNEL) == []
    with refused("message_not_found"):
        await web.chat_update(channel=posted["channel"], ts=posted["ts"], text="too late")
    assert [post["text"] for post in slack.posts] == ["for <!channel>"]


async def test_blocks_stay_or_go_with_the_text(slack: SlackServer, web: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "in a block"}}]
    posted = await web.chat_postMessage(channel="U0BEN", text="fallback", blocks=blocks)
    assert posted["channel"] == "D0BEN"
    kept = posted["message"]["blocks"][0]
    assert (kept["text"]["verbatim"], len(kept["block_id"])) == (False, 5)
    assert slack.person("ben").sees()[0].text == "in a block"
    changed = await web.chat_update(channel="D0BEN", ts=posted["ts"], text="only text")
    assert "blocks" not in changed["message"]
    assert slack.person("ben").sees()[0].text == "only text (edited)"


@pytest.mark.parametrize(
    ("token", "call", "error"),
    [
        ("", lambda web: web.auth_test(), "not_authed"),
        ("xoxb-bad", lambda web: web.auth_test(), "invalid_auth"),
        (APP_TOKEN, lambda web: web.auth_test(), "not_allowed_token_type"),
        (BOT_TOKEN, lambda web: web.apps_connections_open(app_token=BOT_TOKEN), "not_allowed_token_type"),
        (BOT_TOKEN, lambda web: web.api_call("chat.shout"), "unknown_method"),
        (BOT_TOKEN, lambda web: web.chat_postMessage(channel="#nowhere", text="x"), "channel_not_found"),
        (BOT_TOKEN, lambda web: web.chat_postMessage(channel="#secret", text="x"), "channel_not_found"),
        (BOT_TOKEN, lambda web: web.chat_postMessage(channel="#lounge", text="x"), "not_in_channel"),
        (BOT_TOKEN, lambda web: web.chat_postMessage(channel="#old", text="x"), "is_archived"),
        (BOT_TOKEN, lambda web: web.api_call("chat.postMessage", json={"channel": CHANNEL}), "no_text"),
        (BOT_TOKEN, lambda web: web.chat_postMessage(channel=CHANNEL, text="x" * 40_001), "msg_too_long"),
        (BOT_TOKEN, lambda web: web.chat_postMessage(channel=CHANNEL, blocks="[{", text="x"), "invalid_blocks_format"),
        (BOT_TOKEN, lambda web: web.chat_update(channel=CHANNEL_ID, ts="1.1", text="x"), "message_not_found"),
        (BOT_TOKEN, lambda web: web.chat_update(channel="U0BEN", ts="1.1", text="x"), "channel_not_found"),
        (
            BOT_TOKEN,
            lambda web: web.chat_postEphemeral(channel=CHANNEL, user="U0NOBODY", text="x"),
            "user_not_in_channel",
        ),
        (BOT_TOKEN, lambda web: web.conversations_open(users=""), "users_list_not_supplied"),
        (BOT_TOKEN, lambda web: web.conversations_open(users="U0NOBODY"), "user_not_found"),
        (BOT_TOKEN, lambda web: web.conversations_replies(channel=CHANNEL_ID, ts="1.1"), "thread_not_found"),
        (BOT_TOKEN, lambda web: web.users_info(user="U0NOBODY"), "user_not_found"),
        (BOT_TOKEN, lambda web: web.users_lookupByEmail(email="nobody@example.com"), "users_not_found"),
        (BOT_TOKEN, lambda web: web.users_lookupByEmail(email=""), "invalid_arguments"),
        (BOT_TOKEN, lambda web: web.views_open(trigger_id="1.2.3", view=MODAL), "invalid_trigger_id"),
        (BOT_TOKEN, lambda web: web.views_update(view_id="V1", view=MODAL), "not_found"),
    ],
)
async def test_what_slack_refuses(
    slack: SlackServer, token: str, call: Callable[[AsyncWebClient], Any], error: str
) -> None:
    slack.workspace.add_channel("secret", with_bot=False, is_private=True)
    slack.workspace.add_channel("lounge", with_bot=False)
    slack.workspace.add_channel("old").is_archived = True
    with refused(error):
        await call(AsyncWebClient(token, slack.base_url, retry_handlers=[]))
    assert slack.posts == []


async def test_a_message_of_somebody_else_and_a_closed_window(slack: SlackServer, web: AsyncWebClient) -> None:
    theirs = slack.person("ben").writes(CHANNEL, "mine")
    with refused("cant_update_message"):
        await web.chat_update(channel=CHANNEL_ID, ts=theirs.ts, text="x")
    with refused("cant_delete_message"):
        await web.chat_delete(channel=CHANNEL_ID, ts=theirs.ts)
    ours = (await web.chat_postMessage(channel=CHANNEL, text="ours"))["ts"]
    with refused("msg_too_long"):
        await web.chat_update(channel=CHANNEL_ID, ts=ours, text="x" * 4_001)
    slack.faults.edit_window_closed = True
    with refused("edit_window_closed"):
        await web.chat_update(channel=CHANNEL_ID, ts=ours, text="x")
    slack.person("ben").deletes(slack.workspace.channels[CHANNEL_ID].messages[ours])
    slack.faults.edit_window_closed = False
    with refused("message_not_found"):
        await web.chat_update(channel=CHANNEL_ID, ts=ours, text="x")


async def test_scopes_and_revoked_tokens(slack: SlackServer, web: AsyncWebClient) -> None:
    slack.api.bot_scopes.remove("users:read.email")
    with refused("missing_scope") as found:
        await web.users_lookupByEmail(email="ben@example.com")
    assert found.value.response["needed"] == "users:read.email"
    assert "chat:write" in found.value.response["provided"]
    slack.faults.revoked = "account_inactive"
    with refused("account_inactive"):
        await web.auth_test()


async def test_people_are_found_by_id_and_address(slack: SlackServer, web: AsyncWebClient) -> None:
    mallory = slack.stranger("mallory", [slack.workspace.channels[CHANNEL_ID]])
    assert (await web.users_lookupByEmail(email="Ben@example.com"))["user"]["id"] == "U0BEN"
    assert (await web.users_info(user="U0BEN"))["user"]["profile"]["email"] == "ben@example.com"
    stranger = (await web.users_info(user=mallory.user_id))["user"]
    assert (stranger["team_id"], stranger["is_stranger"], "email" in stranger["profile"]) == ("T0STRANGER", True, False)
    with refused("users_not_found"):
        await web.users_lookupByEmail(email=mallory.email)
    slack.person("ben").user.deleted = True
    assert (await web.users_info(user="U0BEN"))["user"]["deleted"]
    with refused("users_not_found"):
        await web.users_lookupByEmail(email="ben@example.com")
    with refused("user_disabled"):
        await web.conversations_open(users="U0BEN")


async def test_direct_messages_are_opened_once(web: AsyncWebClient) -> None:
    first = await web.conversations_open(users=["U0BEN"])
    again = await web.conversations_open(users=["U0BEN"], return_im=True)
    assert first["channel"] == {"id": "D0BEN"}
    assert (again["already_open"], again["channel"]["user"]) == (True, "U0BEN")


async def test_replies_come_page_by_page(slack: SlackServer, web: AsyncWebClient) -> None:
    ts = (await web.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    parent = slack.workspace.channels[CHANNEL_ID].messages[ts]
    for number in range(5):
        slack.person("ben").replies(parent, f"<b> {number}")
    # A page takes the place of the one before.
    pages = [page["messages"] async for page in await web.conversations_replies(channel=CHANNEL_ID, ts=ts, limit=2)]
    assert [len(page) for page in pages] == [3, 3, 2]
    assert pages[0][0]["reply_count"] == 5
    assert (pages[0][1]["text"], pages[0][1]["parent_user_id"]) == ("&lt;b&gt; 0", "U0APPROVAL")
    assert slack.person("fay").reads_thread(parent)[4].text == "<b> 4"


async def test_an_ephemeral_message_is_for_one_person(slack: SlackServer, web: AsyncWebClient) -> None:
    shown = await web.chat_postEphemeral(channel=CHANNEL_ID, user="U0BEN", text="not yours")
    assert slack.person("ben").sees(CHANNEL)[0].text == "not yours"
    assert slack.person("fay").sees(CHANNEL) == []
    with refused("message_not_found"):
        await web.chat_update(channel=CHANNEL_ID, ts=shown["message_ts"], text="x")


async def test_a_modal_opens_once_and_in_time(slack: SlackServer, web: AsyncWebClient) -> None:
    ben = slack.person("ben")
    late, good = (new_trigger(slack.workspace, ben.user) for _ in range(2))
    slack.advance(3)
    opened = await web.views_open(trigger_id=good, view=MODAL)
    assert opened["view"]["state"] == {"values": {}}
    assert ben.reads_modal() == "Reject\nReason: ____\n[Reject]"
    with refused("exchanged_trigger_id"):
        await web.views_open(trigger_id=good, view=MODAL)
    slack.advance(0.1)
    with refused("expired_trigger_id"):
        await web.views_open(trigger_id=late, view=MODAL)
    with refused("hash_conflict"):
        await web.views_update(view_id=opened["view"]["id"], hash="1.2", view=MODAL)
    longer = MODAL.to_dict() | {"title": {"type": "plain_text", "text": "x" * 25}}
    with refused("invalid_arguments") as found:
        await web.views_update(view_id=opened["view"]["id"], view=longer)
    assert found.value.response["response_metadata"]["messages"] == [
        "[ERROR] failed to match all allowed schemas [json-pointer:/view/title]",
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
    ]


async def test_forms_and_json_are_read(slack: SlackServer) -> None:
    blocks = json.dumps([{"type": "divider"}])
    form = {"token": BOT_TOKEN, "channel": CHANNEL, "text": "x", "blocks": blocks}
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    url = f"{slack.base_url}chat.postMessage"
    answers = []
    async with ClientSession() as session:
        for body, content_type, sent_headers in (
            (urlencode(form), "application/x-www-form-urlencoded", {}),
            (json.dumps(form), "application/json", {}),  # a token within JSON is none
            ("{", "application/json", headers),
            ("[]", "application/json", headers),
            ("x", "text/plain", headers),
        ):
            sent = {"Content-Type": content_type} | sent_headers
            async with session.post(url, data=body, headers=sent) as answer:
                answers.append((await answer.json()).get("error"))
    assert answers == [None, "not_authed", "invalid_json", "json_not_object", "invalid_post_type"]
    assert len(slack.posts) == 1


async def test_too_many_messages_to_a_channel(slack: SlackServer, web: AsyncWebClient) -> None:
    slack.faults.rate_limits = True
    await web.chat_postMessage(channel=CHANNEL, text="1")
    await web.chat_postMessage(channel="U0BEN", text="1")
    with refused("ratelimited") as found:
        await web.chat_postMessage(channel=CHANNEL, text="2")
    assert (found.value.response.status_code, found.value.response.headers["Retry-After"]) == (429, "1")
    slack.advance(1)
    await web.chat_postMessage(channel=CHANNEL, text="2")
    for _ in range(100):
        await web.users_info(user="U0BEN")
    with refused("ratelimited") as found:
        await web.users_info(user="U0BEN")
    assert found.value.response.headers["Retry-After"] == "60"


async def test_answers_that_are_lost_late_or_none(slack: SlackServer, web: AsyncWebClient) -> None:
    slack.faults.after = [hang_up]
    with pytest.raises(ClientError):
        await web.chat_postMessage(channel=CHANNEL, text="posted all the same")
    assert [seen.text for seen in slack.person("ben").sees(CHANNEL)] == ["posted all the same"]
    slack.faults.before = [rate_limited(7)]
    with refused("ratelimited"):
        await web.chat_postMessage(channel=CHANNEL, text="not posted")
    slack.faults.gate = asyncio.Event()
    late = asyncio.create_task(web.chat_postMessage(channel=CHANNEL, text="slow"))
    await eventually(lambda: len(slack.posts), lambda count: count == 2)
    assert not late.done()
    slack.faults.gate.set()
    assert (await late)["ok"]
