"""Plays the stories of one example to their ends, all at the same time, and checks everything that must hold."""

import asyncio
from collections.abc import Awaitable, Sequence

from temporalio.client import Client

from tests.orders.properties.checks import check_ended
from tests.orders.properties.closing import finish
from tests.orders.properties.ended import Ended
from tests.orders.properties.invariants import check_books, check_trail
from tests.orders.properties.ledger import read_books, read_trail
from tests.orders.properties.stories import Story
from tests.orders.properties.teller import A_LONG_TIME, Teller
from tests.orders.properties.world import World, open_world
from tests.support.temporal import fresh
from workflows.orders.views.models import OrderView

ANSWERS_WITHIN = 10
"""Seconds that an order that hangs has to say how it stands."""


def tellers_of(world: World, stories: Sequence[Story]) -> list[Teller]:
    """Return a teller for each story, with IDs that no other example has."""
    prefix = fresh("S").replace("-", "")
    return [Teller(world, f"{prefix}n{number}", story) for number, story in enumerate(stories)]


async def play(client: Client, stories: Sequence[Story], seed: int) -> None:
    """Tell all stories in a world of their own, and check what must hold meanwhile and at the end."""
    async with open_world(client, seed) as world:
        tellers = tellers_of(world, stories)
        try:
            ended = await _while_watching(world, asyncio.gather(*(_tell(teller) for teller in tellers)))
        except TimeoutError as error:
            hanging = [await _where_it_hangs(teller) for teller in tellers if not teller.over]
            raise AssertionError("\n".join(["these orders do not end:", *hanging])) from error
        await check_all(world, ended, stories)


async def _where_it_hangs(teller: Teller) -> str:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            return _report("it does not end", teller.story, await teller.look())
    except TimeoutError:
        return f"order {teller.request.order_id} answers nothing\nstory: {teller.story}"


async def _tell(teller: Teller) -> Ended:
    await teller.tell()
    return await finish(teller)


async def check_all(world: World, ended: Sequence[Ended], stories: Sequence[Story]) -> None:
    """Check what holds when all orders have ended, and replay everything."""
    books, trail = await read_books(world.store), await read_trail(world.store)
    check_books(books, world.stocked)
    check_trail(trail)
    for each, story in zip(ended, stories, strict=True):
        try:
            check_ended(each, books, trail, ended)
        except AssertionError as error:
            raise AssertionError(_report(str(error), story, each.view)) from error
    await world.replay()


async def _while_watching(world: World, playing: Awaitable[list[Ended]]) -> list[Ended]:
    watch = asyncio.create_task(world.watch())
    play = asyncio.ensure_future(playing)
    try:
        async with asyncio.timeout(A_LONG_TIME):
            await asyncio.wait({watch, play}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                await watch
            return await play
    finally:
        watch.cancel()
        play.cancel()
        await asyncio.gather(watch, play, return_exceptions=True)


def _report(problem: str, story: Story, view: OrderView) -> str:
    timeline = "\n".join(f"  {entry.at:%H:%M:%S.%f} {entry.text}" for entry in view.timeline)
    return f"{problem}\nstory: {story}\norder {view.request.order_id}, {view.status}:\n{timeline}"
