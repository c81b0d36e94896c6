"""Typed calls to the payment intake, for gateways and scripts."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy

from workflows.orders.client import PAYMENT_ID_PREFIX, PAYMENT_WORKFLOW_TYPE, TASK_QUEUE, payment_workflow_id
from workflows.orders.models import ResolveStep
from workflows.orders.payment_intake.models import PaymentIntakeView, PaymentRequest, PaymentResult
from workflows.orders.views.refusals import PAYMENT_CONFLICT
from workflows.shared.client import WorkflowClient
from workflows.shared.errors import AlreadyExistsError, NoAnswerError, RefusedError
from workflows.shared.money import format_money

STILL_RUNNING = "OnItsWay"
"""Type of the refusal to start a payment anew that has no owner yet."""

TIMEOUT = timedelta(seconds=30)
"""For a payment's result; a parked payment may take days."""


class PaymentsClient(WorkflowClient):
    """Starts payments, each once, and asks what became of them."""

    workflow_type = PAYMENT_WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "payment"
    id_prefix = PAYMENT_ID_PREFIX

    async def start(self, request: PaymentRequest) -> str:
        """Start a payment, and return its workflow ID. A known one is found, a failed one begins anew.

        Raises:
            RefusedError: that payment is known for another order, or with another amount; nothing was moved.
            CallError: no answer.
        """
        workflow_id = payment_workflow_id(request.payment_id)
        try:
            await self._start(workflow_id, request, reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
        except AlreadyExistsError:
            _check_same(request, (await self.get_payment(request.payment_id)).request)
        return workflow_id

    async def wait(self, payment_id: str, within: timedelta = TIMEOUT) -> PaymentResult:
        """Wait until the payment has an owner, and return who that is.

        Raises:
            RefusedError: it failed: the ledger has that payment for another order, or with another amount.
            NoAnswerError: it takes longer; it goes on.
            CallError: there is no such payment.
        """
        workflow_id = payment_workflow_id(payment_id)
        handle: WorkflowHandle[Any, PaymentResult] = self._client.get_workflow_handle(
            workflow_id, result_type=PaymentResult
        )
        try:
            async with asyncio.timeout(within.total_seconds()):
                with self._clear_errors(workflow_id):
                    return await handle.result()
        except TimeoutError as error:
            raise NoAnswerError(f"payment {payment_id} has not ended after {within.seconds} s; it goes on") from error

    async def pay(self, request: PaymentRequest, within: timedelta = TIMEOUT) -> PaymentResult:
        """Start a payment, and wait until it has an owner. Repeating it gives the same answer.

        Raises:
            RefusedError: that payment is known for another order, or with another amount; nothing was moved.
            CallError: it takes longer, or no answer came; it goes on.
        """
        await self.start(request)
        return await self.wait(request.payment_id, within)

    async def look_again(self, request: PaymentRequest) -> str:
        """Start a payment anew that has lost its owner, and return the workflow ID.

        Its order was terminated, or forgot it, after the ledger had it. What has an owner keeps it, and what went back
        stays back, as far as Temporal remembers the order.

        Raises:
            RefusedError: it still runs, and looks by itself.
            CallError: no answer came.
        """
        workflow_id = payment_workflow_id(request.payment_id)
        try:
            await self._start(workflow_id, request, reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        except AlreadyExistsError as error:
            raise RefusedError(
                f"payment {request.payment_id} is still on its way, and looks by itself", STILL_RUNNING
            ) from error
        return workflow_id

    async def get_payment(self, payment_id: str) -> PaymentIntakeView:
        """Return everything about the payment. Raises ``CallError``."""
        return await self._query(payment_workflow_id(payment_id), "get_payment", PaymentIntakeView)

    async def resolve_step(
        self, payment_id: str, resolve: ResolveStep, *, update_id: str | None = None
    ) -> PaymentIntakeView:
        """Retry or resolve a stuck step, and return the payment.

        Raises:
            RefusedError: the step is not stuck, or must not be resolved, or a reason or reference is missing.
            CallError: there is no such payment, it has an owner already, or no answer came.
        """
        return await self._update(
            payment_workflow_id(payment_id), "resolve_step", resolve, PaymentIntakeView, update_id=update_id
        )


def _check_same(request: PaymentRequest, known: PaymentRequest) -> None:
    if (request.order_id, request.amount, request.currency) != (known.order_id, known.amount, known.currency):
        raise RefusedError(
            f"payment {request.payment_id} is known as {_words(known)}, and this is {_words(request)};"
            " nothing was moved",
            PAYMENT_CONFLICT,
        )


def _words(request: PaymentRequest) -> str:
    return f"{format_money(request.amount, request.currency)} for order {request.order_id}"
