"""Rows of listed workflows, each decoded once for as long as the server says the same of it."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from temporalio.api.workflow.v1 import WorkflowExecutionInfo

from console.gateway.gateway import Gateway
from console.gateway.query import WorkflowKind
from console.gateway.rows import Row, RowKey, read_row

DECODE_BATCH = 100
"""Rows decoded before keys get a turn: about 2 ms."""


class RowDecoder:
    """Decodes rows. ``kind_of`` returns the kind of a workflow ID, None for one that is left out."""

    def __init__(self, gateway: Gateway, kind_of: Callable[[str], WorkflowKind | None]) -> None:
        self._gateway, self._kind_of = gateway, kind_of
        self._decoded: dict[RowKey, tuple[bytes, Row]] = {}

    async def decode(self, infos: Sequence[WorkflowExecutionInfo]) -> list[Row]:
        """Return the rows of a page, in its order."""
        rows = []
        for number, info in enumerate(infos, start=1):
            kind = self._kind_of(info.execution.workflow_id)
            if kind is not None:
                rows.append(await self._row(info, kind))
            if number % DECODE_BATCH == 0:
                await asyncio.sleep(0)  # give keys a turn
        return rows

    def keep(self, present: Collection[RowKey]) -> None:
        """Forget all other rows."""
        for key in self._decoded.keys() - present:
            del self._decoded[key]

    async def _row(self, info: WorkflowExecutionInfo, kind: WorkflowKind) -> Row:
        key = RowKey(info.execution.workflow_id, info.execution.run_id)
        written = info.SerializeToString(deterministic=True)  # a kept message would keep its whole page alive
        known = self._decoded.get(key)
        if known is not None and known[0] == written:
            return known[1]
        row = await read_row(info, kind, self._gateway.converter)
        self._decoded[key] = (written, row)
        return row
