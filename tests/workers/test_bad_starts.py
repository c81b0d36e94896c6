"""A workflow whose input does not fit fails at once, also while it is queried."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from tests.support.eventually import eventually
from tests.support.orders import order
from tests.support.temporal import fresh
from workers.building import build_worker
from workflows.orders.client import workflow_id
from workflows.orders.workflow import WORKFLOWS

TIMEOUT = timedelta(seconds=20)
QUEUED = 5
"""Queries that wait for the first worker, so that they come with the first task."""


async def failure_of_query(handle: WorkflowHandle[Any, Any]) -> str:
    try:
        await handle.query("get_order", rpc_timeout=TIMEOUT)
    except WorkflowQueryFailedError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"currency": None}, "currency: Input should be a valid string"),
        ({"order_id": "ORD-OTHER"}, "order_id: order ORD-OTHER has the workflow ID order-ORD-OTHER"),
    ],
    ids=["does not fit its model", "breaks a rule"],
)
async def test_a_bad_start_fails_while_it_is_queried(client: Client, changes: dict[str, Any], words: str) -> None:
    queue, good = fresh("bad-starts"), order()
    bad = good.model_dump(mode="json") | changes
    handle = await client.start_workflow("OrderWorkflow", bad, id=workflow_id(good.order_id), task_queue=queue)
    asked = [
        asyncio.create_task(eventually(partial(failure_of_query, handle), ignoring=(RPCError,))) for _ in range(QUEUED)
    ]
    worker = build_worker(
        client, task_queue=queue, workflows=WORKFLOWS, activities=[], registered=True, drain=timedelta(0)
    )
    async with worker, asyncio.timeout(TIMEOUT.total_seconds()):
        with pytest.raises(WorkflowFailureError):
            await handle.result()
        for answer in await asyncio.gather(*asked):
            assert answer.startswith("the workflow failed as it began: ")
            assert words in answer
    kinds = [event.event_type for event in (await handle.fetch_history()).events]
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds
