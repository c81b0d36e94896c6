"""Whatever runs an item has, by resets, repeats, terminations and deletions, nothing is undone, doubled or lost."""

import asyncio

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from temporalio.client import Client

from tests.integrity.disruptions import disruptions
from tests.integrity.marketing import Campaigns
from tests.integrity.office import Requests
from tests.integrity.shop import Orders
from tests.integrity.subject import Event, Subject
from tests.support.approvals import running_office
from tests.support.campaigns import campaign_world
from tests.support.impatience import impatience
from tests.support.orders import open_shop
from tests.support.profiles import examples
from workers.guards import GuardingRunner

TIMEOUT = 120
"""Seconds after which an item is taken to hang."""

histories = st.lists(st.one_of(st.integers(0, 100), disruptions), min_size=4, max_size=10).filter(any)
search = settings(examples(1, far=100, shrinks=False), phases=(Phase.explicit, Phase.reuse, Phase.generate))


async def run(subject: Subject, events: list[Event]) -> None:
    for item_id in subject.item_ids:
        await subject.start(item_id)
    async with asyncio.timeout(TIMEOUT):
        await subject.run(events)


@search
@given(events=histories)
async def test_decisions_stand(client: Client, events: list[Event]) -> None:
    async with running_office(client, runner=GuardingRunner()) as office:
        await run(Requests(office), events)


@search
@given(events=histories)
async def test_caps_hold(client: Client, events: list[Event]) -> None:
    async with campaign_world(client, runner=GuardingRunner()) as world:
        await run(Campaigns(world), events)


@search
@given(events=histories)
async def test_money_and_stock_add_up(client: Client, events: list[Event]) -> None:
    with impatience():
        async with open_shop(client, runner=GuardingRunner()) as shop:
            await run(Orders(shop), events)
