"""Reads every workflow that matches a filter, as fast as the call budget allows."""

import asyncio
from collections.abc import AsyncIterator

from console.gateway.gateway import Gateway
from console.gateway.query import ServerFilter, WorkflowKind, filtered
from console.gateway.rows import Row, read_row

PAGE_SIZE = 1_000
"""Rows of a page, the most that a server gives."""

BUDGET_INTERVAL = 0.1
"""Seconds between two looks at a budget that is used up."""

DECODE_BATCH = 100
"""Rows decoded before keys get a turn."""


async def read_everything(
    gateway: Gateway, kind: WorkflowKind, chosen: ServerFilter, size: int = PAGE_SIZE
) -> AsyncIterator[list[Row]]:
    """Yield pages of all runs that match. A workflow with several runs comes several times.

    Raises:
        CallError: the server refused the query or did not answer.
    """
    token, query = b"", filtered(kind, chosen)
    while True:
        page = await gateway.spare_page(query, token, size)
        if page is None:
            await asyncio.sleep(BUDGET_INTERVAL)
            continue
        rows = []
        for number, info in enumerate(page.executions, start=1):
            rows.append(await read_row(info, kind, gateway.converter))
            if number % DECODE_BATCH == 0:
                await asyncio.sleep(0)
        yield rows
        token = page.next_page_token
        if not token:
            return


def each_once(rows: list[Row]) -> list[Row]:
    """Return one row for each workflow, that of the run which counts, where it was listed first."""
    best: dict[str, Row] = {}
    for row in rows:
        known = best.setdefault(row.key.workflow_id, row)
        if row.rank > known.rank:
            best[row.key.workflow_id] = row
    return list(best.values())
