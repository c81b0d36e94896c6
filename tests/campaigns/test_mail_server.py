"""Campaigns through a real mail server that refuses, hangs up and is slow."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from temporalio.client import Client

from tests.support.beside import beside
from tests.support.campaigns import World, campaign, capped
from tests.support.smtp import FakeMailServer, fake_mail_server
from workers.services import smtp
from workers.services.message_provider import StoreMessageProvider
from workers.services.smtp import smtp_transport
from workers.settings.base import MailSettings
from workers.store.held_messages import SqlHeldMessages
from workers.store.items import SqlItems
from workers.store.outbox import message_outbox
from workers.store.templates import SqlTemplates
from workers.store.users import SqlUsers
from workflows.campaigns.models import Channel, SetPolicy, Template
from workflows.campaigns.ports import CampaignPorts


@dataclass
class Post:
    """A worker, and the mail server that it sends to."""

    world: World
    server: FakeMailServer

    async def used(self, user_id: str) -> int:
        """Return how many e-mails a user's cap of a day counts."""
        usage = (await self.world.actors.get_user_state(user_id)).usage
        return next(each.used for each in usage if each.rule == f"2 a day on {Channel.EMAIL}")


@pytest.fixture
async def post(client: Client) -> AsyncIterator[Post]:
    """Give both."""
    async with fake_mail_server() as server:
        settings = MailSettings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=False)
        world = World(client)
        provider = StoreMessageProvider(message_outbox(world.store), smtp_transport(settings))
        users, items = SqlUsers(world.store), SqlItems(world.store)
        world.ports = CampaignPorts(users, provider, items, SqlTemplates(world.store), SqlHeldMessages(world.store))
        async with world.worker():
            yield Post(world, server)


async def test_refused_addresses_end_their_own_messages_alone(post: Post) -> None:
    user_ids = fine, unknown, busy, full, blocked = post.world.add_users(5)
    post.server.refuse_address = {
        f"{unknown}@example.com": ["550 5.1.1 no such user"],
        f"{busy}@example.com": ["452 4.2.2 over quota, try later"],
        f"{full}@example.com": ["552 5.2.2 mailbox full"],
        f"{blocked}@example.com": ["550 5.7.1 your network is blocked"],
    }
    progress = await post.world.run(campaign(user_ids))
    assert (progress.sent, progress.failed) == (2, 3)
    asked = Counter(each.removeprefix("TO:<").partition("@")[0] for each in post.server.recipients)
    assert asked == {fine: 1, unknown: 1, busy: 2, full: 1, blocked: 1}
    assert [await post.used(each) for each in user_ids] == [1, 0, 1, 0, 0]
    progress = await post.world.run(campaign(user_ids))
    assert (progress.sent, progress.suppressed) == (4, 1)
    [suppression] = (await post.world.actors.get_user_state(unknown)).suppressions
    assert suppression.detail == "the mail server refused it: 550 5.1.1 no such user"


@pytest.mark.parametrize("silent", ["hangs up", "is slow"])
async def test_what_the_server_took_without_an_answer_counts_and_goes_out_once(
    post: Post, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    [user_id] = post.world.add_users(1)
    if silent == "hangs up":
        post.server.hang_up_after_data = 1
    else:
        monkeypatch.setattr(smtp, "ACCEPT_SECONDS", 0.1)
        post.server.gate = asyncio.Event()
    progress = await post.world.run(campaign([user_id]))
    assert (progress.failed, len(post.server.accepted), await post.used(user_id)) == (1, 1, 1)
    assert "it may have gone out" in str(progress.recent[0].rule)


async def test_a_slow_answer_is_waited_for(post: Post) -> None:
    [user_id] = post.world.add_users(1)
    post.server.gate = gate = asyncio.Event()
    request = campaign([user_id])

    async def answer_late() -> None:
        await post.server.arrived.wait()
        await asyncio.sleep(0.3)
        gate.set()

    async with beside(answer_late()):
        assert (await post.world.run(request)).sent == 1


async def test_a_digest_is_tried_again_as_it_was_and_goes_out_once(post: Post) -> None:
    """Whatever campaign tries again, and though another message is held meanwhile."""
    world, [user_id] = post.world, post.world.add_users(1)
    await world.actors.set_policy(user_id, SetPolicy(policy=capped(1, 2), by="ana"))
    await world.run(campaign([user_id]))
    post.server.refuse_address = {f"{user_id}@example.com": ["452 4.2.2 over quota, try later"] * 2}
    texts = [Template(subject=f"Part {each}", body=f"Text {each}", html=f"<b>Bold {each}</b>") for each in "AB"]
    requests = [campaign([user_id], when_capped="digest", template=text) for text in texts]
    for request in requests:
        await world.campaigns.begin(request)
    assert [(await world.ended(request.campaign_id)).in_digests for request in requests] == [1, 1]
    [_, digest] = post.server.messages
    first, second = ("A", "B") if digest["subject"] == "Part A (+1)" else ("B", "A")
    text, html = (part.get_content() for part in digest.iter_parts())
    assert text.splitlines() == [
        *(f"Part {first}", "======", "", f"Text {first}", ""),
        *(f"Part {second}", "======", "", f"Text {second}"),
    ]
    assert html.index(f"<b>Bold {first}</b>") < html.index(f"<b>Bold {second}</b>")
