"""Socket Mode as slack-sdk's client meets it."""

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.api import APP_TOKEN
from tests.slack.conftest import App, connected
from tests.slack.people import WARNING
from tests.slack.server import CHANNEL, SlackServer
from tests.slack.workspace import Json
from tests.support.eventually import eventually

SHORT = 0.5
"""Seconds between pings of a client that shall notice a lost connection soon; shorter ones fail on a busy machine."""

BUTTONS: list[Json] = [
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}, "value": "v1"}
        ],
    }
]


async def message_with_buttons(web: AsyncWebClient) -> None:
    await web.chat_postMessage(channel="U0BEN", text="decide", blocks=BUTTONS)


async def test_a_connection_is_greeted(web: AsyncWebClient) -> None:
    assert web.session is not None
    urls = [(await web.apps_connections_open(app_token=APP_TOKEN))["url"] for _ in range(2)]
    async with web.session.ws_connect(urls[0]) as first, web.session.ws_connect(urls[1]) as second:
        greetings = [await first.receive_json(), await second.receive_json()]
    assert [(greeting["type"], greeting["num_connections"]) for greeting in greetings] == [("hello", 1), ("hello", 2)]
    assert greetings[0]["connection_info"] == {"app_id": "A0APPROVAL"}
    assert greetings[0]["debug_info"]["approximate_connection_time"] > 0


async def test_a_ticket_admits_once(slack: SlackServer, web: AsyncWebClient, socket: SocketModeClient) -> None:
    assert slack.workspace.tickets == set()
    answer = await web.apps_connections_open(app_token=socket.app_token)
    assert answer["url"].startswith(f"ws://127.0.0.1:{slack.port}/link/?ticket=")
    async with socket.aiohttp_client_session.get(str(socket.wss_uri).replace("ws://", "http://")) as again:
        assert again.status == 401


async def test_an_event_is_acknowledged_and_comes_once(slack: SlackServer, socket: SocketModeClient, app: App) -> None:
    slack.person("ben").writes(CHANNEL, "hello")
    [event] = await app.has(1)
    assert (event.type, event.retry_attempt, event.accepts_response_payload) == ("events_api", 0, False)
    assert event.payload["event"]["text"] == "hello"
    assert await slack.socket.deliveries[0].done()
    slack.advance(1_000)
    assert len(app.got) == 1
    assert socket.closed is False


async def test_an_event_comes_again_until_it_is_acknowledged(
    slack: SlackServer, socket: SocketModeClient, app: App
) -> None:
    app.acknowledges = False
    slack.person("ben").writes(CHANNEL, "hello")
    await app.has(1)
    slack.advance(3)
    await app.has(2)
    slack.advance(3)
    await eventually(lambda: slack.socket.deliveries[0].open_envelope is None)
    app.acknowledges = True
    slack.advance(60)
    events = await app.has(3)
    assert [(event.retry_attempt, event.retry_reason) for event in events] == [(0, ""), (1, "timeout"), (2, "timeout")]
    assert len({event.envelope_id for event in events}) == 3
    assert len({event.payload["event_id"] for event in events}) == 1
    assert await slack.socket.deliveries[0].done()
    assert await socket.is_connected()


async def test_what_was_not_acknowledged_comes_again_after_a_lost_connection(
    slack: SlackServer, web: AsyncWebClient, app: App
) -> None:
    async with connected(web, app, ping_interval=SHORT):
        app.acknowledges = False
        slack.person("ben").writes(CHANNEL, "hello")
        await app.has(1)
        app.acknowledges = True
        slack.socket.drop()
        events = await app.has(2)
        assert (events[1].retry_attempt, events[1].retry_reason) == (1, "timeout")
        assert await slack.socket.deliveries[0].done()


async def test_events_wait_for_a_connection(slack: SlackServer, web: AsyncWebClient, app: App) -> None:
    slack.person("ben").writes(CHANNEL, "nobody listens yet")
    async with connected(web, app, ping_interval=SHORT):
        await app.has(1)
        await slack.socket.deliveries[0].done()
        await slack.restart()
        slack.person("ben").writes(CHANNEL, "back?")
        events = await app.has(2)
    assert [event.payload["event"]["text"] for event in events] == ["nobody listens yet", "back?"]


async def test_a_click_comes_once_and_its_person_is_warned(
    slack: SlackServer, web: AsyncWebClient, socket: SocketModeClient, app: App
) -> None:
    await message_with_buttons(web)
    await app.has(1)
    app.acknowledges = False
    ben = slack.person("ben")
    click = ben.clicks(ben.sees()[0], "Approve")
    await app.has(2)
    slack.advance(3)
    assert not await click.done()
    assert ben.warnings == [WARNING]
    app.acknowledges = True
    assert await ben.clicks(ben.sees()[0], "approve").done()
    assert ben.warnings == [WARNING]
    assert await socket.is_connected()


async def test_a_click_without_a_connection_is_lost(slack: SlackServer, web: AsyncWebClient, app: App) -> None:
    await message_with_buttons(web)
    ben = slack.person("ben")
    assert not await ben.clicks(ben.sees()[0], "Approve").done()
    async with connected(web, app):
        await app.has(1)
    assert [request.type for request in app.got] == ["events_api"]
    assert ben.warnings == [WARNING]


async def test_clicks_that_come_twice_late_or_again(
    slack: SlackServer, web: AsyncWebClient, socket: SocketModeClient, app: App
) -> None:
    await message_with_buttons(web)
    await app.has(1)
    ben = slack.person("ben")
    slack.faults.duplicates = 1
    assert await ben.clicks(ben.sees()[0], "Approve").done()
    twice = await app.has(3)
    assert twice[1].envelope_id == twice[2].envelope_id
    slack.faults.late_acknowledgements = 1
    late = ben.clicks(ben.sees()[0], "Approve")
    await app.has(4)
    await eventually(lambda: slack.socket.ignored, lambda ignored: len(ignored) == 2)
    slack.advance(3)
    assert not await late.done()
    slack.faults.redeliver_clicks = True
    app.acknowledges = False
    again = ben.clicks(ben.sees()[0], "Approve")
    await app.has(5)
    app.acknowledges = True
    slack.advance(3)
    assert await again.done()
    assert len(app.got) == 6
    assert await socket.is_connected()


async def test_an_envelope_goes_to_one_of_several_connections(slack: SlackServer, web: AsyncWebClient) -> None:
    first, second = App(), App()
    async with connected(web, first), connected(web, second):
        for number in range(6):
            slack.person("ben").writes(CHANNEL, str(number))
        await eventually(lambda: len(first.got) + len(second.got), lambda count: count == 6)
        assert len(first.got) == len(second.got) == 3


async def test_a_request_to_reconnect_loses_nothing(slack: SlackServer, socket: SocketModeClient, app: App) -> None:
    [before] = slack.socket.connections
    for reason in ("warning", "refresh_requested"):
        slack.socket.request_disconnect(reason)
        slack.person("ben").writes(CHANNEL, reason)
    events = await app.has(2)
    assert {event.payload["event"]["text"] for event in events} == {"warning", "refresh_requested"}
    await eventually(lambda: before not in slack.socket.connections and len(slack.socket.connections) == 1)
    assert await socket.is_connected()


async def test_the_eleventh_connection_is_refused(slack: SlackServer, web: AsyncWebClient, app: App) -> None:
    async with connected(web, app):
        [connection] = slack.socket.connections
        slack.socket.connections *= 10
        url = (await web.apps_connections_open(app_token=APP_TOKEN))["url"]
        assert web.session is not None
        async with web.session.ws_connect(url) as eleventh:
            refused = await eleventh.receive_json()
        slack.socket.connections[:] = [connection]
    assert (refused["type"], refused["reason"]) == ("disconnect", "too_many_websockets")


async def test_a_dead_connection_is_noticed(slack: SlackServer, web: AsyncWebClient, app: App) -> None:
    slack.faults.silent = True
    async with connected(web, app, ping_interval=SHORT):
        [before] = slack.socket.connections
        await eventually(before.closed.is_set)
        slack.faults.silent = False
        await eventually(lambda: len(slack.socket.connections), lambda count: count == 1)
