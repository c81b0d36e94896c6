"""Kept histories: recording them, and replaying them under the workflows as they are now."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pydantic
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.support.temporal import BUILD_ID
from workflows.runtime.exit import exit_process

FOLDER = Path(__file__).parent.parent / "histories"
STACK_TRACE = re.compile(r'"stackTrace": "(\\.|[^"\\])*"')


def kept(system: str) -> list[Path]:
    """Return the kept histories of a system."""
    return sorted((FOLDER / system).glob("*.json"))


def stories(system: str) -> set[str]:
    """Return what the kept histories of a system tell, whatever their version."""
    return {path.stem.rpartition("-")[0] for path in kept(system)}


async def keep(handle: WorkflowHandle[Any, Any], recorder: str, system: str, story: str, version: str) -> None:
    """Write the history of a run as ``story-version.json``; ``recorder`` is the recording client's identity.

    Raises:
        FileExistsError: when there is one of that version.
    """
    text = (await handle.fetch_history()).to_json()
    (FOLDER / system).mkdir(parents=True, exist_ok=True)
    with (FOLDER / system / f"{story}-{version}.json").open("x") as file:
        file.write(_without_machine(text, recorder) + "\n")


def record_by_command(record: Callable[[str], Awaitable[None]]) -> None:
    """Record the version that the command line names, and leave the process."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m tests.SYSTEM.record VERSION\n")
        exit_process(2)
    try:
        asyncio.run(_record(record))
    except FileExistsError as error:
        sys.stderr.write(f"{error.filename} is there already; record the next version beside it\n")
        exit_process(1)
    exit_process(0)


async def replay(workflows: Sequence[type], path: Path, *, renaming: str | None = None) -> None:
    """Replay a kept history; with the activity ``renaming`` called something else.

    Raises:
        NondeterminismError: when the workflow would do something else than it did.
    """
    text = _read(path)
    history = WorkflowHistory.from_json(
        _workflow_id(text), text.replace(renaming, "something_else") if renaming else text
    )
    await replayer(workflows).replay_workflow(history)


def replayer(workflows: Sequence[type]) -> Replayer:
    """Return what replays histories as the workers would."""
    return Replayer(
        workflows=workflows,
        data_converter=pydantic_data_converter,
        workflow_failure_exception_types=[pydantic.ValidationError],
        build_id=BUILD_ID,
    )


def _workflow_id(text: str) -> str:
    """Return the ID that the run had: a workflow may look at it."""
    return str(json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def _record(record: Callable[[str], Awaitable[None]]) -> None:
    await record(sys.argv[1])


def _without_machine(history: str, recorder: str) -> str:
    """Take out which process on which machine recorded it, and where its files are."""
    history = STACK_TRACE.sub('"stackTrace": ""', history)
    return re.sub(rf"\d+@{re.escape(recorder.partition('@')[2])}", "recorder", history)
