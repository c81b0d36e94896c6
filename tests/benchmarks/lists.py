"""A list of 10,000 open workflows: one refresh, and a search for a word that the server cannot find."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from statistics import median

from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client

from console.gateway.gateway import Gateway
from console.gateway.listing import SEARCH_PAGE, Listing
from console.gateway.query import ServerFilter
from console.listing.filtering import RowFilter
from console.systems.orders.system import ORDERS as ORDERS_SYSTEM
from tests.benchmarks.bare_server import bare_server, listing
from tests.benchmarks.figures import Figure, milliseconds, times
from tests.benchmarks.place import Place
from tests.benchmarks.refresh import bare_list, beside_the_command, figure, in_turn
from tests.support.console_app import FixedSession
from tests.support.eventually import eventually
from tests.support.visibility import publish, until_listed
from workflows.runtime.search_attributes import ensure_search_attributes

WORKFLOWS = 10_000
AT_A_TIME = 50
"""Concurrent starts."""
PAGE = 1_000
ROUNDS = 30
SEARCHES = 3
AIM_TIMES = 1.2
NEEDLE = "Grace Hopper"
BUDGET_SECONDS = 9.0
"""Time in which the call budget is whole again."""


def measure(place: Place, say: Callable[[str], None]) -> Sequence[Figure]:
    """Start the workflows without a worker, and read them."""
    with bare_server(place) as address:
        return asyncio.run(_measure(address, say))


async def _measure(address: str, say: Callable[[str], None]) -> Sequence[Figure]:
    client = await listing(address)
    say(f"starting {WORKFLOWS:,} workflows")
    await eventually(lambda: ensure_search_attributes(client))
    await _fill(client)
    standing = _listing(client)
    again = await in_turn(standing.refresh, partial(bare_list, client, PAGE), ROUNDS)
    return [
        figure(f"refresh of {PAGE:,} rows among {WORKFLOWS:,}", again, aim=AIM_TIMES),
        await beside_the_command(address, again[0], PAGE),
        await _search(client),
    ]


async def _fill(client: Client) -> None:
    for start in range(0, WORKFLOWS, AT_A_TIME):
        names = range(start, start + AT_A_TIME)
        await asyncio.gather(
            *(publish(client, ORDERS_SYSTEM.kind, f"ORD-{number:05}", title=_title(number)) for number in names)
        )
    await until_listed(client, ORDERS_SYSTEM.kind.query, WORKFLOWS)


def _title(number: int) -> str:
    """Return the title; the needle is that of the oldest, which is read last."""
    return NEEDLE if number == 0 else "Ada Lovelace"


async def _search(client: Client) -> Figure:
    """Search for a title, which only the rows tell, beside bare List calls of the same pages one after another."""
    ours, bare = [], []
    for _ in range(SEARCHES):
        ours.append(await _timed(partial(_find, client)))
        bare.append(await _timed(partial(_read_bare, client)))
        await asyncio.sleep(BUDGET_SECONDS)
    return Figure(
        what=f"a title among {WORKFLOWS:,} rows",
        measured=milliseconds(median(ours)),
        baseline=f"{WORKFLOWS // SEARCH_PAGE} List calls: {milliseconds(median(bare))}",
        against=times(median(ours), median(bare)),
    )


async def _timed(call: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await call()
    return time.perf_counter() - started


async def _find(client: Client) -> None:
    words = tuple(NEEDLE.split())
    standing = _listing(client)
    standing.choose(ServerFilter(), words, scan=True)
    snapshot = await standing.refresh()
    while not (found := RowFilter(words=words).rows(snapshot.rows)):
        read = await standing.search_on()
        snapshot = read or snapshot
        if read is None:
            await asyncio.sleep(0.01)  # the budget is used up for now
    assert [row.title for row in found] == [NEEDLE]


async def _read_bare(client: Client) -> None:
    token = b""
    while True:
        request = ListWorkflowExecutionsRequest(
            namespace=client.namespace, page_size=SEARCH_PAGE, next_page_token=token, query=ORDERS_SYSTEM.kind.query
        )
        token = (await client.workflow_service.list_workflow_executions(request)).next_page_token
        if not token:
            return


def _listing(client: Client) -> Listing:
    return Listing(Gateway(FixedSession(client), operator="ada", page_size=PAGE), ORDERS_SYSTEM.kind)
