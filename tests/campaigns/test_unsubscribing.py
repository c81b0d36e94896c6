"""Links to unsubscribe: who follows one, and what a page of it changes."""

import asyncio
import html
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession, FormData
from sqlalchemy import Select, select
from temporalio.client import Client

from tests.support.beside import beside
from tests.support.campaigns import World, campaign, campaign_ports, send
from tests.support.eventually import eventually
from workers.services.unsubscribe import listener, service
from workers.services.unsubscribe.links import Subscription, UnsubscribeLinks, new_key
from workers.services.unsubscribe.listener import listening
from workers.services.unsubscribe.service import UnsubscribeService
from workers.settings.listen import ListenAddress
from workers.store.consent_schema import opt_outs
from workers.store.opt_outs import OptOut
from workers.store.schema import users
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.html import HtmlCache
from workflows.campaigns.models import (
    Channel,
    ChannelConsent,
    SetPreferences,
    StartUserActor,
    Template,
)
from workflows.campaigns.sending import Sender
from workflows.campaigns.steps import SendBatch
from workflows.shared.errors import RefusedError

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
DAYS = 100


@dataclass
class Clock:
    """The time of links."""

    now: float = 1_900_000_000

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@dataclass
class Site:
    """The listener, with the service behind it, which tells actors only while it runs."""

    world: World
    session: ClientSession
    clock: Clock = field(default_factory=Clock)
    base: str = ""
    down: bool = False

    def __post_init__(self) -> None:
        self.links = UnsubscribeLinks("https://mail.example.com/unsubscribe", new_key(), days=DAYS, clock=self.clock)
        self.service = UnsubscribeService(self.world.store, self.links, None)

    async def save(self, subscription: Subscription) -> None:
        """Keep an opt-out, unless the store is away."""
        if self.down:
            raise ConnectionError("the store is away")
        await self.service.save(subscription)

    async def ask(self, method: str, link: str, data: object = None) -> tuple[int, str]:
        """Return status and page of a request to a link."""
        url = self.base + "/behind/a/proxy?" + urlsplit(link).query
        async with self.session.request(method, url, data=data) as response:
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["Server"] == "tconsole"
            return response.status, await response.text()

    async def post(self, link: str) -> int:
        """Return the status of what a mail program posts."""
        return (await self.ask("POST", link, ONE_CLICK))[0]

    async def run(self, client: Client) -> None:
        """Tell the actors."""
        await self.service.run(client, task_queue=self.world.task_queue)

    def accepts(self, user_id: str) -> bool:
        """Return what the store says of e-mail."""
        [row] = self.world.store.rows(select(users.c.email).where(users.c.user_id == user_id))
        return bool(row.email)


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    """Give a listener on a free port."""
    async with ClientSession() as session:
        site = Site(world, session)
        async with listening(site.links, site.save, "127.0.0.1", 0) as port:
            site.base = f"http://127.0.0.1:{port}"
            yield site


async def test_a_link_names_nobody_and_ends_one_channel(site: Site) -> None:
    [user_id] = site.world.add_users(1)
    await site.world.actors.reserve_send(StartUserActor(user_id=user_id), send())
    link = site.links.url(user_id, Channel.EMAIL)
    assert user_id not in link
    assert site.links.read(parse_qs(urlsplit(link).query)["t"][0]) == Subscription(user_id, Channel.EMAIL)
    assert await site.post(link) == 200
    assert not site.accepts(user_id)
    answer = await site.world.actors.can_send(user_id, send())
    assert answer.rule == "opted out of email"
    async with beside(site.run(site.world.client)):
        state = await eventually(
            lambda: site.world.actors.get_user_state(user_id),
            lambda state: any("unsubscribe link" in each.text for each in state.timeline),
        )
    assert state.preferences.channels == ChannelConsent(email=False)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_who_only_looks_changes_nothing_and_finds_a_button(site: Site, method: str) -> None:
    [user_id] = site.world.add_users(1)
    status, page = await site.ask(method, site.links.url(user_id, Channel.EMAIL))
    assert (status, site.accepts(user_id)) == (200, True)
    if method == "GET":
        assert 'method="post"' in page
        assert 'name="List-Unsubscribe" value="One-Click"' in page
        assert user_id not in page


async def test_both_forms_of_a_post_are_taken(site: Site) -> None:
    for data in (ONE_CLICK, FormData(ONE_CLICK, default_to_multipart=True)):
        [user_id] = site.world.add_users(1)
        assert (await site.ask("POST", site.links.url(user_id, Channel.EMAIL), data))[0] == 200
        assert not site.accepts(user_id)


async def test_a_post_again_changes_nothing_and_after_a_new_consent_it_counts(site: Site) -> None:
    [user_id] = site.world.add_users(1)
    link = site.links.url(user_id, Channel.EMAIL)
    assert [await site.post(link) for _ in range(3)] == [200] * 3
    assert [row.number for row in site.world.store.rows(select(opt_outs))] == [1]
    async with beside(site.run(site.world.client)):
        await eventually(lambda: _told(site), lambda told: told == 1)
        on = SetPreferences(channels=ChannelConsent(email=True), by="ana")
        await site.world.actors.set_preferences(user_id, on)
        assert site.accepts(user_id)
        assert await site.post(link) == 200
        await eventually(lambda: _told(site), lambda told: told == 2)
    assert not (await site.world.actors.get_user_state(user_id)).preferences.channels.email


@pytest.mark.parametrize("data", [None, {}, {"List-Unsubscribe": "no"}, b"\xff\xfe", {"other": "One-Click"}])
async def test_a_post_that_is_no_one_click_is_refused(site: Site, data: object) -> None:
    [user_id] = site.world.add_users(1)
    status, page = await site.ask("POST", site.links.url(user_id, Channel.EMAIL), data)
    assert (status, site.accepts(user_id)) == (400, True)
    assert "press the button" in page


async def test_forged_cut_and_expired_links_are_refused(site: Site) -> None:
    [user_id] = site.world.add_users(1)
    link = site.links.url(user_id, Channel.EMAIL)
    other = UnsubscribeLinks("https://mail.example.com/u", new_key(), days=DAYS, clock=site.clock)
    cut = (link[:-3], f"{link[:-6]}AAAAA=", "https://x/?t=", "https://x/", "x?t=é")
    for wrong in (other.url(user_id, Channel.EMAIL), *cut):
        for method in ("GET", "POST"):
            status, page = await site.ask(method, wrong, ONE_CLICK if method == "POST" else None)
            assert (status, "This link is not one of ours" in page) == (403, True)
    site.clock.now += DAYS * 86_400 + 1
    status, page = await site.ask("POST", link, ONE_CLICK)
    assert (status, "This link has expired" in page) == (410, True)
    assert site.accepts(user_id)


async def test_large_and_slow_requests_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    [user_id] = site.world.add_users(1)
    link = site.links.url(user_id, Channel.EMAIL)
    assert (await site.ask("POST", link, {**ONE_CLICK, "x": "x" * 10_000}))[0] == 413
    assert (await site.ask("PUT", link, ONE_CLICK))[0] == 405
    monkeypatch.setattr(listener, "BODY_SECONDS", 0.05)
    parts = urlsplit(site.base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    path = f"/?{urlsplit(link).query}"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n".encode())
    writer.write(b"Content-Type: application/x-www-form-urlencoded\r\n\r\nList-")
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert site.accepts(user_id)


@pytest.mark.parametrize("request_", [b"GARBAGE", b"GET / HTTP/1.1\r\nX: " + b"x" * 10_000, b"GET /\xff"])
async def test_what_is_no_http_is_answered_and_fills_no_log(
    site: Site, request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    parts = urlsplit(site.base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(request_ + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert b" 400 " in answer.splitlines()[0]
    assert b"\r\nServer: tconsole\r\n" in answer
    writer.close()
    assert [record for record in caplog.records if record.name.startswith("aiohttp")] == []


async def test_an_actor_that_fails_holds_up_no_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = site.world.add_users(2)
    tell = service._tell

    async def fail_for_the_first(actors: UserActorsClient, opt_out: OptOut) -> None:
        if opt_out.user_id == first:
            raise RuntimeError("its workflow task fails")
        await tell(actors, opt_out)

    monkeypatch.setattr(service, "_tell", fail_for_the_first)
    for user_id in (first, second):
        assert await site.post(site.links.url(user_id, Channel.EMAIL)) == 200
    async with beside(site.run(site.world.client)):
        told = select(opt_outs.c.user_id).where(opt_outs.c.told == 1)
        await eventually(lambda: _rows(site, told), lambda rows: rows == [second])


async def test_while_the_store_is_away_nobody_hears_that_it_is_done(site: Site) -> None:
    [user_id] = site.world.add_users(1)
    link = site.links.url(user_id, Channel.EMAIL)
    site.down = True
    assert await site.post(link) == 503
    site.down = False
    assert await site.post(link) == 200
    assert not site.accepts(user_id)


async def test_an_opt_out_holds_before_its_actor_hears_of_it_whatever_else_it_is_told(site: Site) -> None:
    [user_id] = site.world.add_users(1)
    await site.world.actors.reserve_send(StartUserActor(user_id=user_id), send())
    assert await site.post(site.links.url(user_id, Channel.EMAIL)) == 200
    await site.world.actors.set_preferences(user_id, SetPreferences(channels=ChannelConsent(sms=False), by="ana"))
    assert not site.accepts(user_id)
    progress = await site.world.run(campaign([user_id]))
    assert (progress.sent, progress.suppressed) == (0, 1)


async def test_workers_of_one_machine_share_the_address(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(service, "LISTEN_AGAIN_SECONDS", 0.01)
    async with listening(site.links, site.save, "127.0.0.1", 0) as port:
        second = UnsubscribeService(site.world.store, site.links, ListenAddress("127.0.0.1", port))
        running = asyncio.create_task(second.run(site.world.client, task_queue=site.world.task_queue))
        await eventually(lambda: _log(caplog), lambda text: "are not answered by this process" in text)
    await eventually(lambda: _log(caplog), lambda text: f"are answered on 127.0.0.1:{port}" in text)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_messages_have_links_and_transactional_ones_have_none(client: Client) -> None:
    links = UnsubscribeLinks("https://mail.example.com/unsubscribe", new_key(), days=DAYS)
    world = World(client, links=links)
    async with world.worker():
        [user_id] = world.add_users(1)
        text = "Stop: {{ unsubscribe_url }}"
        template = Template(subject="Sale", body=text, html='<a href="{{ unsubscribe_url }}">Stop</a>')
        await world.run(campaign([user_id], template=template))
        await world.run(campaign([user_id], transactional=True))
        push = campaign([user_id], channel=Channel.PUSH, template=Template(body=text))
        await world.run(push)
    email, receipt, note = world.sent.values()
    assert email.body == f"Stop: {email.unsubscribe_url}"
    assert html.unescape(email.html) == f'<a href="{email.unsubscribe_url}">Stop</a>'
    assert (receipt.unsubscribe_url, note.unsubscribe_url) == (None, None)
    for row, channel in ((email, Channel.EMAIL), (note, Channel.PUSH)):
        [token] = re.findall(r"\?t=(\S+)", row.body)
        assert links.read(token) == Subscription(user_id, channel)


async def test_a_worker_without_links_sends_no_message_that_has_one(world: World) -> None:
    [user_id] = world.add_users(1)
    batch = SendBatch(request=campaign([user_id]), user_ids=[user_id])
    ports, html = campaign_ports(world.store, world.faults), "<a href='{{ unsubscribe_url }}'>"
    sender = Sender(batch, ports, world.actors, html=html, cache=HtmlCache(ports.templates), registered=True)
    await sender.read_users([user_id])
    result = await sender.send(user_id)
    assert (result.kind, "no TCONSOLE_UNSUBSCRIBE_URL" in str(result.detail)) == ("unanswered", True)
    assert not world.sent


async def test_a_link_is_refused_where_there_can_be_none(world: World) -> None:
    with pytest.raises(RefusedError, match=r"^template\.body: there is no link to unsubscribe: set TCONSOLE_UNSUB"):
        await world.campaigns.start(campaign(world.add_users(1), template=Template(body="{{ unsubscribe_url }}")))
    with pytest.raises(ValueError, match="a transactional message has no link to unsubscribe"):
        campaign(["U1"], transactional=True, template=Template(body="{{ unsubscribe_url }}"))


async def _told(site: Site) -> int:
    [row] = site.world.store.rows(select(opt_outs.c.told))
    return int(row.told)


async def _rows(site: Site, query: Select[tuple[str]]) -> list[str]:
    return [row.user_id for row in site.world.store.rows(query)]


async def _log(caplog: pytest.LogCaptureFixture) -> str:
    return caplog.text


@pytest.mark.parametrize("answered", [False, True])
async def test_headers_that_come_slowly_keep_no_connection(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    answered: bool,  # noqa: FBT001 - a case
) -> None:
    monkeypatch.setattr(listener, "HEADER_SECONDS", 0.3)
    site = Site(world, Mock())
    async with listening(site.links, site.save, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if answered:
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
        async with asyncio.timeout(20), beside(_drip(writer)):
            while await _read(reader):
                pass
        writer.close()


async def _drip(writer: asyncio.StreamWriter) -> None:
    """Send one header after the other, and never the last."""
    while True:
        writer.write(b"X-Slow: yes\r\n")
        await asyncio.sleep(0.05)


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Return what has come; nothing once the connection is closed."""
    try:
        return await reader.read(1_000)
    except ConnectionError:
        return b""
