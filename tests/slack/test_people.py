"""What people do, and what the app gets of it."""

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.slack.conftest import App
from tests.slack.people import NotPossibleError, Person
from tests.slack.render import Seen
from tests.slack.server import CHANNEL, CHANNEL_ID, SlackServer
from tests.slack.test_socket_mode import BUTTONS
from tests.slack.test_web_api import MODAL
from tests.slack.views import TROUBLE
from tests.slack.workspace import Json

pytestmark = pytest.mark.usefixtures("socket")


@pytest.fixture
async def shown(slack: SlackServer, web: AsyncWebClient, app: App) -> Seen:
    """Give a message with a button in the channel, as ben sees it."""
    blocks: list[Json] = [{"type": "header", "text": {"type": "plain_text", "text": "A &lt;b&gt;"}}, *BUTTONS]
    await web.chat_postMessage(channel=CHANNEL, text="decide", blocks=blocks)
    await app.has(1)
    [seen] = slack.person("ben").sees(CHANNEL)
    return seen


async def test_a_click_is_the_whole_payload(slack: SlackServer, app: App, shown: Seen) -> None:
    assert (shown.text, shown.labels) == ("A <b>\n[Approve]", ("Approve",))
    slack.person("ben").clicks(shown, "Approve")
    payload = (await app.has(2))[1].payload
    assert payload["user"] == {"id": "U0BEN", "username": "ben", "name": "ben", "team_id": "T0TCONSOLE"}
    assert payload["team"] == {"id": "T0TCONSOLE", "domain": "tconsole"}
    assert payload["channel"] == {"id": CHANNEL_ID, "name": "approvals"}
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == shown.message.ts
    [action] = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("approve", "decide", "v1")
    assert (payload["type"], payload["state"], payload["api_app_id"]) == ("block_actions", {"values": {}}, "A0APPROVAL")
    assert {"trigger_id", "response_url", "token"} <= payload.keys()


async def test_an_old_button_can_be_pressed_until_the_message_is_deleted(
    slack: SlackServer, web: AsyncWebClient, app: App, shown: Seen
) -> None:
    ben = slack.person("ben")
    await web.chat_update(channel=CHANNEL_ID, ts=shown.message.ts, text="decided")
    with pytest.raises(NotPossibleError):
        ben.clicks(ben.sees(CHANNEL)[0], "Approve")
    assert await ben.clicks(shown, "Approve").done()
    assert app.got[-1].payload["message"]["text"] == "decided"
    ben.deletes(shown)
    deleted = (await app.has(4))[3].payload["event"]
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", shown.message.ts)
    with pytest.raises(NotPossibleError, match="deleted"):
        ben.clicks(shown, "Approve")


async def test_who_is_not_there_can_do_nothing(slack: SlackServer, shown: Seen) -> None:
    outsider = slack.workspace.add_user("zoe")
    with pytest.raises(NotPossibleError, match="not in approvals"):
        slack.person("zoe").sees(CHANNEL)
    assert outsider.user_id not in slack.workspace.channels[CHANNEL_ID].members
    slack.person("ben").user.deleted = True
    with pytest.raises(NotPossibleError, match="deactivated"):
        slack.person("ben").clicks(shown, "Approve")


async def test_a_stranger_and_a_forged_click(slack: SlackServer, app: App, shown: Seen) -> None:
    slack.stranger("mallory", [slack.workspace.channels[CHANNEL_ID]])
    mallory = slack.person("mallory")
    mallory.clicks(mallory.sees(CHANNEL)[0], "Approve")
    mallory.sends_click(shown.message, shown.buttons[0], user={"id": "U0BEN", "team_id": "T0TCONSOLE"})
    honest, forged = (await app.has(3))[1:]
    assert (honest.payload["user"]["team_id"], honest.payload["team"]["id"]) == ("T0STRANGER", "T0STRANGER")
    assert forged.payload["user"]["id"] == "U0BEN"


async def test_a_reply_is_an_event_in_the_thread(slack: SlackServer, app: App, shown: Seen) -> None:
    slack.person("ben").replies(shown, "5 < 6 & <!channel>")
    event = (await app.has(2))[1].payload["event"]
    assert event["text"] == "5 &lt; 6 &amp; &lt;!channel&gt;"
    assert (event["thread_ts"], event["parent_user_id"]) == (shown.message.ts, "U0APPROVAL")
    assert (event["channel"], event["channel_type"], "bot_id" in event) == (CHANNEL_ID, "channel", False)
    ours = app.got[0].payload["event"]
    assert (ours["bot_id"], ours["user"]) == ("B0APPROVAL", "U0APPROVAL")
    [reply] = slack.person("fay").reads_thread(shown)
    assert (reply.text, reply.message.mentions) == ("5 < 6 & <!channel>", [])
    assert len(slack.person("fay").sees(CHANNEL)) == 1


@pytest.fixture
async def rejecting(slack: SlackServer, web: AsyncWebClient, app: App, shown: Seen) -> Person:
    """Give ben with the modal open."""
    ben = slack.person("ben")
    ben.clicks(shown, "Approve")
    await web.views_open(trigger_id=(await app.has(2))[1].payload["trigger_id"], view=MODAL)
    return ben


async def test_a_modal_is_submitted(app: App, rejecting: Person) -> None:
    for wrong in ({}, {"reason": ""}, {"reason": "x" * 3001}, {"other": "x"}):
        with pytest.raises(NotPossibleError):
            rejecting.submits(**wrong)
    assert await rejecting.submits(reason="no < money").done()
    request = app.got[-1]
    assert (request.payload["type"], request.accepts_response_payload) == ("view_submission", True)
    values = request.payload["view"]["state"]["values"]
    assert values == {"reason": {"reason": {"type": "plain_text_input", "value": "no < money"}}}
    assert (rejecting.modals(), rejecting.warnings) == ([], [])


async def test_the_app_refuses_a_submission(app: App, rejecting: Person) -> None:
    app.answer = {"response_action": "errors", "errors": {"reason": "too short"}}
    await rejecting.submits(reason="no").done()
    assert rejecting.reads_modal() == "Reject\nReason: ____\n! too short\n[Reject]"
    app.answer = {"response_action": "errors", "errors": {"nowhere": "x"}}
    await rejecting.submits(reason="no").done()
    assert (len(rejecting.modals()), rejecting.warnings) == (1, [TROUBLE])
    changed = MODAL.to_dict() | {"title": {"type": "plain_text", "text": "Really?"}}
    app.answer = {"response_action": "update", "view": changed}
    await rejecting.submits(reason="no").done()
    assert rejecting.reads_modal().startswith("Really?")
    app.answer = {"response_action": "push", "view": MODAL.to_dict()}
    await rejecting.submits(reason="no").done()
    assert len(rejecting.modals()) == 2
    app.answer = {"response_action": "clear"}
    await rejecting.submits(reason="no").done()
    assert rejecting.modals() == []


async def test_a_submission_that_nobody_acknowledges_stays_open(
    slack: SlackServer, app: App, rejecting: Person
) -> None:
    app.acknowledges = False
    submission = rejecting.submits(reason="no")
    await app.has(3)
    slack.advance(3)
    assert not await submission.done()
    assert (len(rejecting.modals()), rejecting.warnings) == (1, [TROUBLE])
    rejecting.closes()
    assert rejecting.modals() == []


async def test_the_response_url_works_five_times(slack: SlackServer, app: App, shown: Seen) -> None:
    ben = slack.person("ben")
    ben.clicks(shown, "Approve")
    hook = AsyncWebhookClient((await app.has(2))[1].payload["response_url"])
    assert (await hook.send(text="only you")).body == "ok"
    assert ben.sees(CHANNEL)[-1].text == "only you"
    assert len(slack.person("fay").sees(CHANNEL)) == 1
    for number in range(4):
        assert (await hook.send(text=str(number), replace_original=True)).status_code == 200
    assert slack.person("fay").sees(CHANNEL)[0].text == "3"
    used = await hook.send(text="x")
    assert (used.status_code, "used_url" in used.body) == (404, True)
    slack.advance(1801)
    assert "expired_url" in (await hook.send(text="x")).body


async def test_a_workspace_outlives_its_server(
    slack: SlackServer, web: AsyncWebClient, socket: SocketModeClient, rejecting: Person
) -> None:
    port = slack.port
    await slack.restart()
    assert slack.port == port
    assert (await web.auth_test())["bot_id"] == "B0APPROVAL"
    await socket.connect_to_new_endpoint(force=True)  # it would itself, after a while
    assert await rejecting.submits(reason="still there").done()
