"""What an operator should know of a run before operating on it: what it holds, and what the business has instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.details.paused import published
from console.gateway.gateway import Gateway
from console.gateway.rows import Row, RowKey
from console.gateway.run_look import RunLook
from console.operations.meaning import Meaning
from console.operations.operation import PAUSED
from console.systems.system import ConsoleSystem
from workflows.shared.actions import Viewer
from workflows.shared.errors import CallError, NotFoundError
from workflows.shared.snapshot import Snapshot

HOLDS_NOTHING = "nothing, as it says itself"


@dataclass(frozen=True)
class Look:
    """A run as it is now. ``snapshot`` is its own answer; where there is none, ``silent`` says why."""

    system: ConsoleSystem[Any, Any]
    server: RunLook
    latest: bool
    can_pause: bool
    snapshot: Snapshot[Any] | None
    silent: str = ""

    @property
    def meaning(self) -> Meaning:
        """What the operations mean to it."""
        return self.system.operations

    @property
    def row(self) -> Row:
        """What it published last."""
        return self.server.row

    @property
    def key(self) -> RowKey:
        """The run."""
        return self.server.run.key

    @property
    def paused(self) -> bool:
        """Whether it is paused."""
        return self.server.run.status == PAUSED

    @property
    def named(self) -> str:
        """Which item it is, in full."""
        return self.system.named(self.snapshot.view) if self.snapshot is not None else self.row.business_id

    def held(self, now: datetime) -> list[str]:
        """Return what it still holds, each in words: as it says itself, or else what it published last."""
        if self.snapshot is not None:
            return list(self.meaning.held(self.snapshot.view)) or [HOLDS_NOTHING]
        return [*published(self.row, now), f"more is not known: {self.silent}"]

    @property
    def instead(self) -> list[str]:
        """The business's own actions that end it by its rules, as it offers them now: keys, names and effects."""
        if self.snapshot is None:
            return []
        offered = {action.name: action for action in self.snapshot.actions if action.enabled}
        keys = {command.name: command.key for command in self.system.commands}
        return [
            f"{action.label} (key {keys[action.name]}): {action.effect or 'by its own rules'}"
            for name in self.meaning.instead
            if (action := offered.get(name)) is not None and name in keys
        ]

    def basis(self, now: datetime) -> Sequence[object]:
        """Return what a decision rests on: if it is not equal any more, the operator looks again."""
        run = self.server.run
        held = [] if self.meaning.moves else self.held(now)
        return (run.key, run.status, self.latest, self.row.stage, *held)


async def look(gateway: Gateway, system: ConsoleSystem[Any, Any], key: RowKey) -> Look:
    """Return what is known of a run now. Raises ``CallError`` if the server does not say."""
    server = await gateway.look_at_run(key, system.kind)
    latest = True
    if not server.run.running and key.run_id:
        current = await gateway.look_at_run(RowKey(key.workflow_id, ""), system.kind)
        latest = current.run.key == server.run.key
    try:
        can_pause = await gateway.can_pause()
    except CallError:  # the permission to describe a namespace is not needed to work in it
        can_pause = True
    snapshot, silent = None, ""
    if server.run.status == PAUSED:
        silent = "it is paused, so it does not answer"
    else:
        viewer, client = Viewer(person=gateway.operator), gateway.domain(system.client)
        try:
            snapshot = await client.get_snapshot(key.workflow_id, system.view, viewer, run_id=server.run.key.run_id)
        except NotFoundError:
            raise
        except CallError as error:
            silent = f"it does not answer ({error})"
    return Look(system, server, latest, can_pause, snapshot, silent)
