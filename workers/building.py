"""How every worker is set up: what is tuned here is tuned for all three."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from pydantic import ValidationError
from temporalio.client import Client
from temporalio.worker import PollerBehaviorSimpleMaximum, Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from workers.guards.runner import GuardingRunner
from workflows.shared.visibility import VisibilityActivities

DRAIN = timedelta(seconds=20)
"""How long activities under way may go on after the worker is told to stop."""
MAX_CACHED_WORKFLOWS = 150
"""For each worker. One that is not cached is replayed when something comes for it; one that is takes memory."""
MAX_CONCURRENT_WORKFLOW_TASKS = 20
MAX_CONCURRENT_ACTIVITIES = 50
WORKFLOW_POLLERS = PollerBehaviorSimpleMaximum(maximum=2)
ACTIVITY_POLLERS = PollerBehaviorSimpleMaximum(maximum=2)
"""The three workers share one process: few long polls are enough, and cost little while nothing happens."""

BUILD_ID = f"tconsole-{version('tconsole')}"
"""Which code a worker runs, as histories name it. Left to itself, a worker reads the code of every module that is
loaded to make one up, and nothing else in this process goes on for a second and more of each start."""

PASSED_THROUGH = ("workflows", "email_validator")
"""What the workflows' sandbox shares with the process instead of importing it anew for each workflow.

Our workflows' modules hold rules and models and no state, so that there is nothing to keep apart. Importing the ones
with the workflows anew took 2.4 ms and 50 kB for each workflow, a fifth of the processor time of a new order. What the
sandbox notices in them, such as a look at the clock, it notices in the tests, whose workers run the same workflows
without this, and which replay kept histories. `email_validator` is what pydantic imports for an address.
"""


def build_worker(
    client: Client,
    *,
    task_queue: str,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    registered: bool,
    drain: timedelta,
) -> Worker:
    """Return a worker for one system. ``registered`` says whether the namespace knows the search attributes.

    Input that does not fit its model fails the workflow or is refused, instead of failing its task for ever.
    """
    visibility = VisibilityActivities(registered=registered)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        activities=[*activities, visibility.search_attributes_registered],
        workflow_runner=GuardingRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
        ),
        workflow_failure_exception_types=[ValidationError],
        graceful_shutdown_timeout=drain,
        build_id=BUILD_ID,
        max_cached_workflows=MAX_CACHED_WORKFLOWS,
        max_concurrent_workflow_tasks=MAX_CONCURRENT_WORKFLOW_TASKS,
        max_concurrent_activities=MAX_CONCURRENT_ACTIVITIES,
        workflow_task_poller_behavior=WORKFLOW_POLLERS,
        activity_task_poller_behavior=ACTIVITY_POLLERS,
    )
