"""Real Temporal servers for tests, from the packages that carry them."""

import shutil
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.testservice.v1 import SleepRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from tests.support.eventually import TIMEOUT
from workers.server.process import PAUSE_ENABLED, PROMPT_TIMERS
from workflows.runtime.search_attributes import TYPES
from workflows.shared.summary import ATTRIBUTES

BUILD_ID = "tests"
"""Of the tests' workers. Otherwise the first worker of a process reads the code of every module to make one up, which
takes a second and more."""

POLLS_END_WITH_WORKERS = ("--dynamic-config-value", "frontend.enableCancelWorkerPollsOnShutdown=true")
"""Has the server itself end the polls of a worker that leaves. Otherwise it may still give a task to one of them, and
the task comes again only when it has timed out. The server must outlive its workers, which wait for it to do so."""

ONE_PARTITION = (
    *("--dynamic-config-value", "matching.numTaskqueueReadPartitions=1"),
    *("--dynamic-config-value", "matching.numTaskqueueWritePartitions=1"),
)
"""Keeps each task queue in one piece instead of four, which takes a tenth of the server's time from it."""

START_TIMEOUT = timedelta(seconds=30)
"""A busy machine takes longer than the SDK's 5 s."""


def executable(name: str) -> str:
    """Return the path of a program that a package installed beside this Python."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; run the tests with the dev dependencies")
    return found


def fresh(prefix: str) -> str:
    """Return an ID that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def rests(workflow: WorkflowExecutionDescription) -> bool:
    """Return whether no worker has a task of the workflow, which would come again only when it has timed out."""
    described = workflow.raw_description
    return not (described.pending_activities or described.HasField("pending_workflow_task"))


@asynccontextmanager
async def dev_server(*extra_args: str, search_attributes: bool = True) -> AsyncIterator[WorkflowEnvironment]:
    """Run a development server in memory that can pause; with the search attributes unless told otherwise."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=executable("temporal"),
        dev_server_extra_args=[*PAUSE_ENABLED, *PROMPT_TIMERS, *ONE_PARTITION, *extra_args],
        dev_server_startup_timeout=START_TIMEOUT,
        data_converter=pydantic_data_converter,
        search_attributes=tuple(ATTRIBUTES.values()) if search_attributes else (),
    ) as environment:
        yield environment


async def new_namespace(client: Client, *, search_attributes: bool = True) -> Client:
    """Return a client of a new namespace on the same server, with the search attributes unless told otherwise.

    What is listed and polled there is the test's own. It costs a hundredth of what a server does.
    """
    config = client.config()
    config["namespace"] = fresh("namespace")
    own = Client(**config)
    request = RegisterNamespaceRequest(namespace=own.namespace)
    request.workflow_execution_retention_period.FromTimedelta(timedelta(days=1))
    await client.workflow_service.register_namespace(request, retry=True)  # the server takes a few a second
    if search_attributes:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=own.namespace, search_attributes=TYPES), retry=True
        )
    return own


def connection(client: Client) -> dict[str, str]:
    """Return the settings with which a process connects to where a client does."""
    address = client.service_client.config.target_host
    return {"TEMPORAL_ADDRESS": address, "TEMPORAL_NAMESPACE": client.namespace}


async def skip_time(environment: WorkflowEnvironment, length: timedelta) -> None:
    """Let time pass on the time-skipping server. It waits for running activities; ``sleep`` gives up after 30 s."""
    request = SleepRequest()
    request.duration.FromTimedelta(length)
    service = environment.client.test_service
    await service.unlock_time_skipping_with_sleep(request, timeout=timedelta(seconds=TIMEOUT))


@asynccontextmanager
async def time_skipping_server() -> AsyncIterator[WorkflowEnvironment]:
    """Run the time-skipping server. It knows no List; one test at a time may skip time on it."""
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=executable("temporal-test-server"),
        test_server_startup_timeout=START_TIMEOUT,
        data_converter=pydantic_data_converter,
    ) as environment:
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=TYPES)
        )
        yield environment
