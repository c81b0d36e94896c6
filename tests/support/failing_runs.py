"""A workflow whose steps fail, and which has a child and a sender, for the screens of its history."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NoReturn

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.support.eventually import eventually
from tests.support.temporal import BUILD_ID, fresh

QUEUE = "failing-runs"
RETRY_SECONDS = 3_600


def _ask_provider() -> NoReturn:
    raise TimeoutError("provider [b]timed out[/b]\x1b[31m")


@activity.defn
async def charge(amount: int) -> str:
    """Fail for a reason with a cause; for a negative amount again and again."""
    try:
        _ask_provider()
    except TimeoutError as error:
        raise ApplicationError(f"charge of {amount} failed", type="Declined", non_retryable=amount > 0) from error


@workflow.defn
class Child:
    """Signals the workflow that started it."""

    @workflow.run
    async def run(self, parent: str) -> str:
        """Return at once."""
        await workflow.get_external_workflow_handle(parent).signal("paid", {"amount": 5})
        return "shipped"


@workflow.defn
class FailingRun:
    """Fails once, goes on, and keeps trying."""

    def __init__(self) -> None:
        self._paid = 0

    @workflow.run
    async def run(self) -> None:
        """Charge, ship in a child, and charge again until ended."""
        retry = RetryPolicy(maximum_attempts=1)
        try:
            await workflow.execute_activity(
                charge, 12_000, start_to_close_timeout=timedelta(seconds=10), retry_policy=retry
            )
        except ActivityError:
            workflow.logger.debug("as expected")
        own = workflow.info().workflow_id
        await workflow.execute_child_workflow(Child.run, own, id=f"{own}-child")
        again = RetryPolicy(initial_interval=timedelta(seconds=RETRY_SECONDS))
        await workflow.execute_activity(charge, -1, start_to_close_timeout=timedelta(seconds=10), retry_policy=again)

    @workflow.signal
    def paid(self, payment: dict[str, int]) -> None:
        """Note a payment."""
        self._paid += payment["amount"]


@asynccontextmanager
async def failing_run(client: Client) -> AsyncIterator[WorkflowHandle[FailingRun, None]]:
    """Give a run that has come to its last step."""
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[FailingRun, Child],
        activities=[charge],
        workflow_runner=UnsandboxedWorkflowRunner(),
        build_id=BUILD_ID,
    ):
        handle = await client.start_workflow(FailingRun.run, id=fresh("failing"), task_queue=QUEUE)
        await eventually(
            handle.describe, lambda run: any(one.last_failure.message for one in run.raw_description.pending_activities)
        )
        yield handle
