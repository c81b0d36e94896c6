"""Starts of an order under an ID that was used before, as anybody may try them."""

from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from tests.support.orders import Shop
from workflows.orders.client import WORKFLOW_TYPE, workflow_id
from workflows.orders.models import OrderRequest


async def start_anew(shop: Shop, request: OrderRequest) -> WorkflowHandle[Any, Any]:
    """Start an order, whatever became of an earlier one under its ID."""
    return await shop.client.start_workflow(
        WORKFLOW_TYPE, request, id=workflow_id(request.order_id), task_queue=shop.task_queue
    )


async def fails(shop: Shop, request: OrderRequest, kind: str, words: str) -> None:
    """Start an order, and expect that it fails at once, of that kind and in those words."""
    with pytest.raises(WorkflowFailureError) as failed:
        await (await start_anew(shop, request)).result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert (failed.value.cause.type, failed.value.cause.message) == (kind, words)
