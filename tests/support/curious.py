"""People who ask a workflow from its first moment on, without a pause, and what that must not spoil."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from tests.support.histories import replayer

PEOPLE = 3


@asynccontextmanager
async def asked_all_along(client: Client, workflow_id: str, query: str) -> AsyncIterator[None]:
    """Query a workflow, which need not be there yet, for as long as the block runs."""
    handle = client.get_workflow_handle(workflow_id)
    asking = [asyncio.create_task(_ask(handle, query)) for _ in range(PEOPLE)]
    try:
        yield
    finally:
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _ask(handle: WorkflowHandle[Any, Any], query: str) -> None:
    while True:
        with suppress(RPCError, WorkflowQueryFailedError):  # not there yet, not ready yet, or one question too many
            await handle.query(query)


async def assert_replays(client: Client, workflow_ids: Sequence[str], workflows: Sequence[type]) -> None:
    """Fail if one of these runs would do something else when its history is replayed."""
    for workflow_id in workflow_ids:
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        await replayer(workflows).replay_workflow(history)
