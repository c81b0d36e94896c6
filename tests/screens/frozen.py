"""The console without a server: lists, counts and queries are answered with the examples of ``examples.json``."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.client import Client

from console import app, keys
from console.customer.sources import BelongingSource
from console.gateway.events.description import RunInfo, describe
from console.gateway.events.event import Event
from console.gateway.events.parsing import parse
from console.gateway.gateway import Gateway
from console.gateway.health import Health
from console.gateway.history import HistoryLine
from console.gateway.listing import Listing, ListSnapshot
from console.gateway.query import WorkflowKind
from console.gateway.rows import PAUSED, Row, RowKey
from console.gateway.run_look import RunLook
from console.gateway.server_status import Poller, QueueState, ServerInfo, Slots, WorkerState
from console.inbox.judging import judge
from console.inbox.reader import SystemReader
from console.registry import SYSTEMS
from console.systems.system import ConsoleSystem, kinds_of
from tests.support.console_app import Console, FixedSession, session_state
from tests.support.drawing import drawn_on_demand
from tests.support.run_histories import StillHistory, described, failing, under_way
from workflows.campaigns.cap_usage_models import CapUsage
from workflows.campaigns.models import UserState
from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.health import SupervisorReport, WorkerHealth
from workflows.shared.actions import Action
from workflows.shared.errors import DisconnectedError
from workflows.shared.snapshot import Snapshot
from workflows.shared.summary import Summary

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
KINDS = [kind for tab in SYSTEMS for kind in kinds_of(tab)]
TERMINATED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED
OTHER_RUN = "33333333-3333-4333-8333-333333333333"
START = datetime.fromisoformat("2025-01-31T14:30:22Z")
HISTORY = [
    HistoryLine(1, START, "workflow execution started", "", 0),
    HistoryLine(2, START, "activity task scheduled", "reserve_stock", 0),
    HistoryLine(10, START, "workflow execution signaled", "confirm_payment", 0),
]
WORKERS = [
    WorkerHealth(name="orders", task_queue="q", state="polling", since=START),
    WorkerHealth(name="approvals", task_queue="q", state="restarting", since=START, error="out of memory"),
    WorkerHealth(name="campaigns", task_queue="q", state="polling", since=START),
]
REPORT = SupervisorReport(
    pid=1, at=START, workers=WORKERS, services={"slack": "failing"}, store="sqlite", search_attributes=True
)


def rows(system: ConsoleSystem[Any, Any]) -> Iterator[Row]:
    """Yield the example rows of a system."""
    for example in EXAMPLES.get(system.name, {}).get("rows", ()):
        fields = {"title": "", "owner": "", **example}
        ident, broken, closed = fields.pop("id"), fields.pop("broken", None), fields.pop("closed_at", None)
        summary = Summary.model_validate(fields)
        key = RowKey(f"{system.kind.id_prefix}{ident}", "run")
        closed_at = closed and datetime.fromisoformat(closed)
        yield Row(key, ident, summary.stage_since, closed_at, broken).with_summary(summary, system.kind)


def snapshot(system: ConsoleSystem[Any, Any]) -> Snapshot[Any]:
    """Return what every workflow of a system answers."""
    example, first = EXAMPLES[system.name], next(rows(system))
    return Snapshot(
        view=system.view.model_validate(example["view"]),
        actions=[Action.model_validate(action) for action in example["actions"]],
        row=Summary(title=first.title, stage=first.stage or "", stage_since=START, owner=first.owner),
        history_length=9,
    )


DRAWN = asyncio.Event()
"""Set once the console has been drawn: no server answers before. Textual would keep the width of a changed text."""


async def read_examples(reader: SystemReader) -> bool:
    """Read the example rows in place of a List or a Count call."""
    await DRAWN.wait()
    found = [] if FrozenGateway.empty else list(rows(reader.tab))
    judged = [row for row in found if judge(row, reader.tab, reader.tab, reader.gateway.operator, datetime.now(UTC))]
    reader.take([row for row in judged if not row.closed], [row for row in judged if row.closed])
    return True


async def ask_examples(source: BelongingSource, _: Sequence[str]) -> None:
    """Read the example rows in place of a List call."""
    found = [] if FrozenGateway.empty else [row for kind in source._kinds for row in rows(kind)]
    source._rows = {row.key.workflow_id: row for row in found}


class StillHealth(Health):
    """The server always answered 0.4 s ago."""

    @property
    def age(self) -> float:
        """Seconds since the server answered."""
        return 0.4


class FrozenGateway(Gateway):
    """Answers with the examples, or with nothing where every list is ``empty``."""

    empty = False
    paused = False

    def __init__(self, *args: Any, **settings: Any) -> None:  # noqa: ANN401 - the gateway's own
        super().__init__(*args, **settings)
        self.health = StillHealth()

    def domain(self, kind: object) -> Any:  # noqa: ANN401, ARG002 - the calls of every domain client
        """Return all queries of the domain clients."""

        async def get_snapshot(workflow_id: str, *_: object, **__: object) -> Snapshot[Any]:
            return snapshot(next(kind for kind in KINDS if workflow_id.startswith(kind.kind.id_prefix)))

        async def get_actions(workflow_id: str, *_: object) -> list[Action]:
            return (await get_snapshot(workflow_id)).actions

        async def get_progress(_: str) -> object:
            return snapshot(SYSTEMS[2]).view

        async def known_state(_: str) -> UserState:
            return UserState.model_validate(EXAMPLES["user"])

        async def cap_usage(_: str | None) -> CapUsage:
            return CapUsage.model_validate(EXAMPLES["usage"])

        async def person(_: str) -> SimpleNamespace:
            return SimpleNamespace(known=True)

        return SimpleNamespace(
            get_snapshot=get_snapshot,
            get_actions=get_actions,
            get_progress=get_progress,
            known_state=known_state,
            cap_usage=cap_usage,
            person=person,
        )

    async def count(self, query: str) -> int:
        """Count the example rows."""
        await DRAWN.wait()
        if self.empty:
            return 0
        found = rows(next(kind for kind in KINDS if kind.kind.workflow_type in query))
        return sum("BizWaitingFor" not in query or self.operator in row.waiting_for for row in found)

    async def is_polled(self, task_queue: str) -> bool:
        """Have workers of all systems but one."""
        return "campaign" not in task_queue

    async def spare_page(self, *_: object) -> None:
        """Have no budget for a further page."""

    async def ending(self, _: RowKey) -> str:
        """Return the reason of a broken run."""
        return "cleaned up by hand"

    def history(self, key: RowKey) -> StillHistory:
        """Return the same history of every run; another one of a child."""
        events = under_way() if key.workflow_id.startswith("order-") and key.run_id != OTHER_RUN else failing()
        return StillHistory(key, events, described(key, len(events)))

    async def runs(self, workflow_id: str) -> list[RunInfo]:
        """Return two runs."""
        ended = RunInfo(RowKey(workflow_id, OTHER_RUN), "terminated", START - timedelta(hours=1), START)
        return [RunInfo(RowKey(workflow_id, "run"), "running", START, None), ended]

    async def look_at_run(self, key: RowKey, kind: WorkflowKind) -> RunLook:
        """Describe a run: the example row of that ID."""
        system = next(system for system in SYSTEMS if system.kind is kind)
        row = next(row for row in rows(system) if row.key.workflow_id == key.workflow_id)
        answer = described(RowKey(key.workflow_id, "run"), 28)
        answer.workflow_execution_info.type.name = system.kind.workflow_type
        if row.broken:
            answer.workflow_execution_info.close_time.FromDatetime(START)
            answer.workflow_execution_info.status = TERMINATED
        elif self.paused:
            answer.workflow_execution_info.status = PAUSED
        return RunLook(describe(answer), row, "run")

    async def can_pause(self) -> bool:
        """Be a server that can."""
        return True

    def operations(self, _: RowKey) -> Any:  # noqa: ANN401 - only what reads
        """Return the events of the example; there is nothing to operate on."""

        async def latest_events() -> list[Event]:
            return [*map(parse, under_way())]

        return SimpleNamespace(latest_events=latest_events)

    def server_status(self) -> Any:  # noqa: ANN401 - what the reader of the real one has
        """Return a server with a queue that nobody polls, a worker that is gone, and names that hold escapes."""
        now = datetime.now(UTC)

        async def info() -> ServerInfo:
            return ServerInfo("1.32.0", timedelta(days=1), can_pause=True, has_heartbeats=True, max_payload=2_097_152)

        async def queues(names: Sequence[str]) -> list[QueueState]:
            live = Poller("workers-4711@desk", now - timedelta(seconds=3), gone=False)
            gone = Poller("[b]workers\x1b[31m-12@[/b]Žofie 日本語", now - timedelta(minutes=4), gone=True)
            first, second, *_ = names
            none = timedelta()
            return [
                QueueState(first, "workflow tasks", [live, gone], 0, none, 1.5, 1.5),
                QueueState(first, "activities", [live], 12, timedelta(seconds=4), 3.1, 2.4),
                QueueState(second, "workflow tasks", [gone], 1_204, timedelta(minutes=5), 0.4, 0.0),
                QueueState(second, "activities", [], 0, none, 0.0, 0.0),
            ]

        async def workers() -> list[WorkerState]:
            begun, slots = now - timedelta(hours=3), Slots(2, 98)
            sdk, queue = "temporal-python 1.35.0", "order-processing-queue"
            fresh, old = now - timedelta(seconds=41), now - timedelta(minutes=6)
            return [
                WorkerState("workers-4711@desk", queue, "running", sdk, begun, fresh, slots, Slots(0, 200), 0.31, 0.62),
                WorkerState("[red]late", queue, "shutting down", sdk, None, old, slots, Slots(0, 0), 0, 0),
                WorkerState("somebody", "their-queue", "running", sdk, None, old, slots, slots, 0, 0),
            ]

        return SimpleNamespace(info=info, queues=queues, workers=workers)

    async def latest_run(self, workflow_id: str) -> RowKey | None:
        """Know all but one."""
        return None if workflow_id.endswith("none") else RowKey(workflow_id, "run")

    async def existing(self, workflow_ids: Sequence[str]) -> list[str]:
        """Know all."""
        return list(workflow_ids)

    async def follow(self, _: RowKey, *, wait: bool = True) -> AsyncIterator[list[HistoryLine]]:  # noqa: ARG002
        """Yield the history, and wait for more."""
        yield HISTORY
        await asyncio.Event().wait()


def freeze(monkeypatch: pytest.MonkeyPatch, *, empty: bool = False) -> FixedSession:
    """Have the examples in place of a server, and return its session.

    It cannot be reached while the gateway's health has an error.
    """

    async def refresh(listing: Listing, _: RowKey | None = None) -> ListSnapshot:
        await DRAWN.wait()
        if error := listing._gateway.health.error:
            raise DisconnectedError(error)
        system, owner = next(kind for kind in KINDS if kind.kind == listing._kind), listing._chosen.owner
        found = [] if empty else [replace(row, owner=owner or row.owner) for row in rows(system)]
        return ListSnapshot(tuple(found), complete=True, chosen=listing._chosen)

    DRAWN.set()
    monkeypatch.setattr(Listing, "refresh", refresh)
    monkeypatch.setattr(BelongingSource, "_ask", ask_examples)
    monkeypatch.setattr(SystemReader, "step", read_examples)
    monkeypatch.setattr(SystemReader, "count_step", read_examples)
    monkeypatch.setattr(FrozenGateway, "empty", empty)
    monkeypatch.setattr(app, "Gateway", FrozenGateway)
    return FixedSession(cast("Client", None), session_state(embedded=True, report=REPORT, workers=""))


@asynccontextmanager
async def frozen_console(
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    *,
    empty: bool = False,
    **settings: Any,  # noqa: ANN401 - settings of any type
) -> AsyncIterator[Console]:
    """Run the console on the examples. It cannot reach the server while its gateway's health has an error."""
    session = freeze(monkeypatch, empty=empty)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")  # else charts are figures alone
    monkeypatch.setattr(keys, "BURST_PAUSE", 0)  # a test presses the next key as soon as the screen stands still
    given = ConsoleSettings(**{"data_dir": Path("/data"), **settings})
    console = app.ConsoleApp(session, given, "chen")
    DRAWN.clear()
    with drawn_on_demand():
        async with console.run_test(size=size, notifications=True) as pilot:
            DRAWN.set()
            yield Console(pilot)
