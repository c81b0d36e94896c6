"""From a key to its paint among 10,000 open workflows of which 50 change every second, beside a bare table.

The console's own processor time is told as well: on a machine that does something else, only that means something.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from statistics import median

import psutil
from temporalio.client import Client

from console.systems.orders.system import ORDERS as ORDERS_SYSTEM
from tests.benchmarks.bare_server import bare_server, listing
from tests.benchmarks.changes import A_SECOND, LOADED, QUEUE, WORKFLOWS, changing
from tests.benchmarks.figures import Figure, milliseconds, percentile, times
from tests.benchmarks.keys import KEYS, both, cursor_colour, press_keys
from tests.benchmarks.lists import AT_A_TIME
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import order_id
from tests.benchmarks.watched_terminal import watched
from tests.support.eventually import eventually
from tests.support.visibility import publish, until_listed
from workflows.orders.models import OrderStatus
from workflows.runtime.search_attributes import ensure_search_attributes
from workflows.shared.summary import STAGE

AIM_SECONDS = 0.036
FIRST = order_id(WORKFLOWS - 1)
TIMEOUT_SECONDS = 120


def measure(place: Place, say: Callable[[str], None]) -> Sequence[Figure]:
    """Press the same keys in both."""
    with watched([sys.executable, "-m", "tests.benchmarks.bare_table"], place.environment()) as terminal:
        bare = press_keys(terminal, cursor_colour(terminal))
    say(f"bare table: {both(bare)}")
    with bare_server(place) as address:
        say(f"starting {WORKFLOWS:,} workflows")
        asyncio.run(_fill(address))
        command = [script("tconsole"), "--no-workers", "--address", address]
        with watched(command, place.environment(TCONSOLE_PAGE_SIZE=str(LOADED))) as terminal:
            colour = cursor_colour(terminal, FIRST)
            with place.running(sys.executable, "-m", "tests.benchmarks.changes", address):
                asyncio.run(_moving(address))
                process = psutil.Process(terminal.pid)
                before = process.cpu_times()
                taken = press_keys(terminal, colour, FIRST)
                after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    say(f"the console took {milliseconds(spent / KEYS)} of processor time a key, refreshes included")
    worst = percentile(taken, 99)
    return [
        Figure(
            what=f"key to paint, {WORKFLOWS:,} open workflows, {A_SECOND} change a second",
            measured=both(taken),
            baseline=f"bare DataTable, nothing changes: {both(bare)}",
            against=f"p50 {times(median(taken), median(bare))}, p99 {times(worst, percentile(bare, 99))}",
            aim=f"p99 {milliseconds(AIM_SECONDS)} at most",
            within=worst <= AIM_SECONDS,
        )
    ]


async def _fill(address: str) -> None:
    client = await listing(address)
    await eventually(lambda: ensure_search_attributes(client))
    moving = set(changing())

    async def start(number: int) -> None:
        name = order_id(number)
        queue = QUEUE if name in moving else "nobody"
        await publish(client, ORDERS_SYSTEM.kind, name, stage=OrderStatus.FULFILLING, task_queue=queue)

    for first in range(0, WORKFLOWS - 1, AT_A_TIME):
        await asyncio.gather(*map(start, range(first, min(first + AT_A_TIME, WORKFLOWS - 1))))
    await asyncio.sleep(1)
    await start(WORKFLOWS - 1)  # the newest row is the first
    await until_listed(client, ORDERS_SYSTEM.kind.query, WORKFLOWS)


async def _moving(address: str) -> None:
    """Wait until the changes reach the list."""
    client = await Client.connect(address)
    shipped = f"{STAGE.name} = '{OrderStatus.SHIPPED}'"
    await eventually(
        lambda: client.count_workflows(shipped), lambda found: found.count > A_SECOND, seconds=TIMEOUT_SECONDS
    )
