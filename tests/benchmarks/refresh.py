"""One refresh of the list, painting apart, beside one bare List call of the same page on the same connection."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median

from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client

from console.gateway.gateway import Gateway
from console.gateway.listing import Listing
from console.systems.orders.system import ORDERS as ORDERS_SYSTEM
from tests.benchmarks.bare_server import bare_server, listing
from tests.benchmarks.figures import Figure, milliseconds, times
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import ORDERS
from tests.support.console_app import FixedSession

ROUNDS = 60
FIRST_ROUNDS = 12
AIM_TIMES = 1.2
WHOLE_ROUNDS = 8
BETWEEN_CALLS_SECONDS = 0.2
"""Seconds between List calls, which the server limits."""


def measure(place: Place, _: Callable[[str], None]) -> Sequence[Figure]:
    """Read the same 1,000 rows by both in turn."""
    with bare_server(place) as address:
        return asyncio.run(_measure(address))


async def _measure(address: str) -> Sequence[Figure]:
    client = await listing(address)
    standing = _listing(client)

    async def refresh() -> object:
        return await standing.refresh()

    async def first() -> object:
        return await _listing(client).refresh()

    async def bare() -> object:
        return await bare_list(client, ORDERS)

    again = await in_turn(refresh, bare, ROUNDS)
    from_nothing = await in_turn(first, bare, FIRST_ROUNDS)
    return [
        figure(f"refresh of {ORDERS:,} rows", again, aim=AIM_TIMES),
        await beside_the_command(address, again[0], ORDERS),
        figure(f"first reading of {ORDERS:,} rows", from_nothing),
    ]


async def in_turn(
    ours: Callable[[], Awaitable[object]], bare: Callable[[], Awaitable[object]], rounds: int
) -> tuple[float, float]:
    """Return the median seconds of both; each round does both, in alternating order."""
    taken: dict[object, list[float]] = {ours: [], bare: []}
    for round_ in range(1 + rounds):
        for call in (ours, bare) if round_ % 2 else (bare, ours):
            await asyncio.sleep(BETWEEN_CALLS_SECONDS)
            started = time.perf_counter()
            await call()
            taken[call].append(time.perf_counter() - started)
    return median(taken[ours][1:]), median(taken[bare][1:])


def figure(what: str, taken: tuple[float, float], *, aim: float | None = None) -> Figure:
    """Return how one of our calls compares to a bare one."""
    ours, bare = taken
    return Figure(
        what=what,
        measured=milliseconds(ours),
        baseline=f"one List call: {milliseconds(bare)}",
        against=times(ours, bare),
        aim=f"{aim} x at most" if aim else "",
        within=ours / bare <= aim if aim else None,
    )


async def beside_the_command(address: str, ours: float, rows: int) -> Figure:
    """Return how one refresh compares to Temporal's own command that lists as many rows, as a whole process."""
    command = (script("temporal"), "workflow", "list", "--address", address, "--limit", str(rows), "-o", "json")
    query = ("--query", ORDERS_SYSTEM.kind.query)
    taken = []
    for _ in range(WHOLE_ROUNDS):
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(*command, *query, stdout=asyncio.subprocess.DEVNULL)
        if await process.wait():
            raise RuntimeError("temporal workflow list failed")
        taken.append(time.perf_counter() - started)
    return Figure(
        what=f"refresh of {rows:,} rows beside Temporal's command",
        measured=milliseconds(ours),
        baseline=f"temporal workflow list: {milliseconds(median(taken))}",
        against=times(ours, median(taken)),
    )


def _listing(client: Client) -> Listing:
    return Listing(Gateway(FixedSession(client), operator="ada", page_size=ORDERS), ORDERS_SYSTEM.kind)


async def bare_list(client: Client, rows: int) -> object:
    """Read one page of the orders' list."""
    request = ListWorkflowExecutionsRequest(namespace=client.namespace, page_size=rows, query=ORDERS_SYSTEM.kind.query)
    return await client.workflow_service.list_workflow_executions(request)
