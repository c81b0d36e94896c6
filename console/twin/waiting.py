"""Waits until a workflow has come to rest."""

import asyncio
import time
from typing import Any, NamedTuple

from console.gateway.gateway import Gateway
from console.systems.system import ConsoleSystem
from workflows.shared.summary import Summary

LOOK_SECONDS = 0.3
LOOKS = 2
"""Looks in a row at which nothing is under way: an activity that has just ended may have others after it."""


class Rest(NamedTuple):
    """How a workflow is after a wait."""

    rests: bool
    row: Summary | None
    words: str = ""


async def rest(gateway: Gateway, system: ConsoleSystem[Any, Any], workflow_id: str, seconds: float) -> Rest:
    """Wait until a workflow has ended, needs a person, or has nothing under way but timers.

    Raises:
        CallError: it did not answer.
    """
    client, end, idle = gateway.domain(system.client), time.monotonic() + seconds, 0
    while True:
        under_way = await gateway.under_way(workflow_id)
        row = await client.get_summary(workflow_id)
        idle = 0 if under_way else idle + 1
        if row.attention or row.waiting_for or idle >= LOOKS:
            return Rest(rests=True, row=row)
        if time.monotonic() > end:
            return Rest(rests=False, row=row, words=f"after {seconds:g} s {under_way} is still under way; it goes on")
        await asyncio.sleep(LOOK_SECONDS)
