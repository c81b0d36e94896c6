"""The file format of a recorded history: one event per line, JSON payloads in plain text.

What differs between two recordings and no replay looks at is left out or numbered anew: a diff shows what a workflow
does differently.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

UNUSED = frozenset({"taskId", "requestId", "historySizeBytes", "stackTrace"})
KEEP_TIME = frozenset({"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "EVENT_TYPE_WORKFLOW_TASK_STARTED"})
"""The events whose time a workflow sees."""

RANDOM_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a run, an update
    r"|(?<=-)[0-9a-f]{12}\b"  # made by tests.support.temporal.fresh
)


def dump(history: WorkflowHistory) -> str:
    """Return the text of the file."""
    events = [
        json.dumps(_readable(event), ensure_ascii=False, sort_keys=True)
        for event in json.loads(history.to_json())["events"]
    ]
    return _renumbered('{"events": [\n' + ",\n".join(events) + "\n]}\n")


def write(path: Path, history: WorkflowHistory) -> None:
    """Write a history into a file."""
    path.write_text(dump(history), encoding="utf-8")


def read(path: Path) -> WorkflowHistory:
    """Return the history in a file."""
    return load(path.read_text(encoding="utf-8"))


def load(text: str) -> WorkflowHistory:
    """Return the history of such a text."""
    history = _encoded(json.loads(text))
    workflow_id = history["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(workflow_id, history)


def _readable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"metadata", "data"}:
        return _plain_payload(value)
    kept = {key: _readable(item) for key, item in value.items() if key not in UNUSED}
    if "eventType" in kept and kept["eventType"] not in KEEP_TIME:
        kept.pop("eventTime", None)
    if "identity" in kept:
        kept["identity"] = "recorder"
    if "coreUsedFlags" in kept:
        kept["coreUsedFlags"].sort()
    if "normalName" in kept:  # a sticky task queue, named after process and machine
        kept["name"] = "sticky"
    return kept


def _plain_payload(payload: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: base64.b64decode(item).decode() for key, item in payload["metadata"].items()}
    if metadata.pop("encoding") != "json/plain":
        return payload
    return {"json": json.loads(base64.b64decode(payload["data"])), **metadata}


def _encoded(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "json" in value:
        metadata = {"encoding": "json/plain", **{key: item for key, item in value.items() if key != "json"}}
        return {
            "metadata": {key: _base64(item) for key, item in metadata.items()},
            "data": _base64(json.dumps(value["json"], separators=(",", ":"), ensure_ascii=False)),
        }
    return {key: _encoded(item) for key, item in value.items()}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _renumbered(text: str) -> str:
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        count = numbers.setdefault(found[0], len(numbers) + 1)
        return f"00000000-0000-4000-8000-{count:012}" if "-" in found[0] else f"{count:012}"

    return RANDOM_ID.sub(number, text)
