"""Typed calls to refunds after delivery that a person must look at."""

from workflows.orders.client import REFUND_ID_PREFIX, REFUND_WORKFLOW_TYPE, TASK_QUEUE, refund_workflow_id
from workflows.orders.late_refunds.models import RefundView
from workflows.orders.models import ResolveStep
from workflows.shared.client import WorkflowClient


class RefundsClient(WorkflowClient):
    """Decides about the stuck steps of refunds."""

    workflow_type = REFUND_WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "refund"
    id_prefix = REFUND_ID_PREFIX

    async def resolve_step(self, refund_id: str, resolve: ResolveStep, *, update_id: str | None = None) -> RefundView:
        """Retry or resolve a stuck step, and return the refund.

        Raises:
            RefusedError: the step is not stuck, or must not be resolved, or a reason or reference is missing.
            CallError: there is no such refund, it has ended, or no answer came.
        """
        return await self._update(
            refund_workflow_id(refund_id), "resolve_step", resolve, RefundView, update_id=update_id
        )
