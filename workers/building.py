"""How every worker is set up: what is tuned here is tuned for all systems."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.metadata import version
from typing import Any, TypedDict

from pydantic import ValidationError
from temporalio.client import Client
from temporalio.worker import Interceptor, PollerBehaviorSimpleMaximum, Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from workers.interceptor import InputInterceptor
from workers.payload_contexts import runner_for
from workflows.shared.visibility import VisibilityActivities

DRAIN = timedelta(seconds=20)
"""How long running activities may go on after the worker is told to stop."""
MAX_CACHED_WORKFLOWS = 150
"""For each worker. A workflow that is not cached is replayed for its next task; a cached one takes memory."""
MAX_CONCURRENT_WORKFLOW_TASKS = 20
MAX_CONCURRENT_ACTIVITIES = 50
MAX_POLLERS = 2
"""Long polls for each kind of task. All workers share one process: few are enough, and cost little when idle."""

BUILD_ID = f"tconsole-{version('tconsole')}"
"""Which code a worker runs, as histories name it. By default a worker reads the code of every loaded module to make
one up, which blocks the event loop for a second and more at each start."""

PASSED_THROUGH = ("workflows",)
"""Modules that the sandbox shares with the process instead of importing them for each workflow.

Our workflow modules hold rules and models but no state, so nothing needs isolation. Importing them for each workflow
took 2.4 ms and 50 kB, a fifth of the CPU time of a new order. Non-deterministic calls in them are found by tests that
run the same workflows without passthrough, and by those that replay recorded histories.
"""


class WorkflowOptions(TypedDict):
    """Options that a workflow's behaviour depends on: workers and replayers, in tests too, must have the same."""

    interceptors: Sequence[Interceptor]
    workflow_failure_exception_types: Sequence[type[BaseException]]


def workflow_options(
    *interceptors: Interceptor, failures: Sequence[type[BaseException]] = (ValidationError,)
) -> WorkflowOptions:
    """Return the options. ``failures`` fail the workflow or refuse the update, not the task, which is retried."""
    return {"interceptors": [*interceptors, InputInterceptor()], "workflow_failure_exception_types": failures}


def build_worker(  # noqa: PLR0913 - named options, as the SDK has them
    client: Client,
    *,
    task_queue: str,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    registered: bool,
    drain: timedelta,
    cached_workflows: int = MAX_CACHED_WORKFLOWS,
    pollers: int = MAX_POLLERS,
) -> Worker:
    """Return a worker for one system. ``registered`` says whether the namespace knows the search attributes."""
    polling = PollerBehaviorSimpleMaximum(maximum=pollers)
    visibility = VisibilityActivities(registered=registered)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        activities=[*activities, visibility.search_attributes_registered],
        workflow_runner=runner_for(client.data_converter)(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
        ),
        **workflow_options(),
        graceful_shutdown_timeout=drain,
        build_id=BUILD_ID,
        max_cached_workflows=cached_workflows,
        max_concurrent_workflow_tasks=MAX_CONCURRENT_WORKFLOW_TASKS,
        max_concurrent_activities=MAX_CONCURRENT_ACTIVITIES,
        workflow_task_poller_behavior=polling,
        activity_task_poller_behavior=polling,
    )
