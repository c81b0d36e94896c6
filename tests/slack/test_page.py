"""The page of the demo."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.api import BOT_TOKEN
from tests.slack.page import Page
from tests.slack.people import WARNING
from tests.slack.server import CHANNEL, CHANNEL_ID, SlackServer
from tests.slack.test_socket_mode import BUTTONS
from tests.slack.test_web_api import MODAL
from tests.slack.views import new_trigger
from tests.support.eventually import eventually

EVIL = "<script>alert(1)</script>\"'&lt;img onerror=x&gt;"


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """Give a Slack with its page."""
    server = SlackServer()
    server.fill()
    await server.start(routes=Page(server).routes())
    yield server
    await server.stop()


@pytest.fixture
async def browser(slack: SlackServer) -> AsyncIterator[ClientSession]:
    """Give a browser at the page."""
    async with ClientSession(slack.url) as session:
        yield session


async def html(browser: ClientSession, name: str) -> str:
    """Return what the page shows to one person."""
    async with browser.get("/", params={"as": name}) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return await answer.text()


async def press(browser: ClientSession, what: str, **form: str) -> str:
    """Press a button, and return the page after it."""
    async with browser.post(f"/do/{what}", data=form) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_messages_are_read_and_buttons_pressed(slack: SlackServer, browser: ClientSession) -> None:
    web = AsyncWebClient(BOT_TOKEN, slack.base_url)
    ts = (await web.chat_postMessage(channel="U0BEN", text="decide", blocks=BUTTONS))["ts"]
    assert ">Approve</button>" in await html(browser, "ben")
    assert ">Approve</button>" not in await html(browser, "fay")
    await press(browser, "click", **{"as": "ben"}, channel="D0BEN", ts=ts, action="approve")
    [click] = [each for each in slack.socket.deliveries if each.kind == "interactive"]
    assert click.payload["user"]["id"] == "U0BEN"
    await eventually(lambda: slack.person("ben").warnings, [WARNING].__eq__)
    assert WARNING in await html(browser, "ben")
    await press(browser, "reply", **{"as": "ben"}, channel="D0BEN", ts=ts, text="why?")
    assert "why?" in await html(browser, "ben")
    await press(browser, "delete", **{"as": "ben"}, channel="D0BEN", ts=ts)
    assert slack.person("ben").sees() == []


async def test_a_modal_is_submitted_on_the_page(slack: SlackServer, browser: ClientSession) -> None:
    trigger_id = new_trigger(slack.workspace, slack.person("ben").user)
    web = AsyncWebClient(BOT_TOKEN, slack.base_url)
    view_id = (await web.views_open(trigger_id=trigger_id, view=MODAL))["view"]["id"]
    assert '<textarea name="reason"' in await html(browser, "ben")
    await press(browser, "submit", **{"as": "ben"}, view=view_id, reason="too dear")
    [submission] = slack.socket.deliveries
    assert submission.payload["view"]["state"]["values"]["reason"]["reason"]["value"] == "too dear"
    await press(browser, "close", **{"as": "ben"})
    assert slack.person("ben").modals() == []


async def test_text_from_outside_stays_text(slack: SlackServer, browser: ClientSession) -> None:
    slack.person("ben").writes(CHANNEL, EVIL)
    slack.person("ben").user.real_name = EVIL
    shown = await press(browser, "write", **{"as": "ben"}, channel=CHANNEL_ID, text=EVIL)
    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;lt;img onerror=x&amp;gt;") >= 2


async def test_other_pages_press_nothing(slack: SlackServer, browser: ClientSession) -> None:
    form = {"as": "ben", "channel": CHANNEL_ID, "text": "forged"}
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        async with browser.post("/do/write", data=form, headers=headers) as answer:
            assert answer.status == 403
    assert slack.person("ben").sees(CHANNEL) == []
    assert "no channel" in await press(browser, "write", **{"as": "ben"}, channel="C0NOWHERE", text="x")
