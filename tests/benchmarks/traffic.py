"""Steady traffic: parcels are lost and found again, 20 orders a second.

Run as a process of its own, so that it takes no time from whoever measures: ``python -m tests.benchmarks.traffic
ADDRESS``. It ends when it is told to.
"""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.benchmarks.place import Place
from tests.benchmarks.preparing import shipped_orders
from workflows.orders.models import ShipmentReport, ShipmentStatus
from workflows.runtime.embedded import RUN, read_server, server_process
from workflows.runtime.exit import exit_process

A_SECOND = 20


@contextmanager
def traffic(place: Place) -> Iterator[None]:
    """Keep up traffic during the block, at the embedded server of the place.

    Raises:
        RuntimeError: nothing runs there, or the traffic stopped.
    """
    server = read_server(server_process(place.folder / RUN))
    if server is None:
        raise RuntimeError(f"no embedded server runs in {place.folder}")
    with place.running(sys.executable, "-m", "tests.benchmarks.traffic", server.address) as process:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"the traffic stopped with code {process.returncode}")


async def _send(address: str) -> None:
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    loop = asyncio.get_running_loop()
    due = loop.time()
    for status in cycle((ShipmentStatus.LOST, ShipmentStatus.SHIPPED)):
        for order in shipped_orders():
            due += 1 / A_SECOND
            await asyncio.sleep(due - loop.time())
            await client.get_workflow_handle(f"order-{order}").signal("report_shipment", ShipmentReport(status=status))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: exit_process(0))
    asyncio.run(_send(sys.argv[1]))
