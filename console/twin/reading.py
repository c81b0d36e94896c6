"""What ``tconsole SYSTEM show``, ``actions`` and ``history`` say."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from console.design.text import plain
from console.design.times import clock
from console.gateway.gateway import Gateway
from console.gateway.history import HistoryLine
from console.gateway.rows import RowKey
from console.model import unknown_stage
from console.systems.system import ConsoleSystem, DetailContext
from console.twin.faces import KnownView
from console.twin.writing import Output, put_value, put_values
from workflows.shared.actions import Action, Viewer
from workflows.shared.errors import ClosedError, NoAnswerError, NotFoundError
from workflows.shared.snapshot import Snapshot

WIDTH = 100
"""Cells of a text where there is no terminal."""
MARK = {True: "✔", False: "·"}


class Known(NamedTuple):
    """What is known of an ID: its view, and its workflow's answer unless there is no workflow."""

    view: Any
    snapshot: Snapshot[Any] | None


async def read(gateway: Gateway, system: ConsoleSystem[Any, Any], ident: str, known: KnownView | None) -> Known:
    """Return what is known of an ID. Raises ``CallError``."""
    client = gateway.domain(system.client)
    try:
        snapshot = await client.get_snapshot(f"{system.kind.id_prefix}{ident}", system.view, _viewer(gateway))
    except (NotFoundError, ClosedError):
        if known is None:
            raise
        return Known(await known(client, ident), None)
    return Known(snapshot.view, snapshot)


async def changes(gateway: Gateway, system: ConsoleSystem[Any, Any], ident: str, found: Known) -> AsyncIterator[Known]:
    """Yield what is known of an ID after ``found``, once for each change, until its run ends. Raises ``CallError``."""
    read_to = found.snapshot.history_length if found.snapshot is not None else 0
    async for lines in _events(gateway, system, ident):
        if max(line.known_from for line in lines) <= read_to:
            continue
        before = found
        with suppress(NoAnswerError):  # the next event asks again
            found = await read(gateway, system, ident, None)
            read_to = found.snapshot.history_length if found.snapshot is not None else read_to
        if found.view != before.view:
            yield found


async def show(
    gateway: Gateway,
    system: ConsoleSystem[Any, Any],
    ident: str,
    known: KnownView | None,
    output: Output,
    *,
    follow: bool = False,
) -> None:
    """Write what is known of an ID; with ``follow`` again after each change, until it ends. Raises ``CallError``."""
    found = await read(gateway, system, ident, known)
    put_value(found.view.model_dump(mode="json"), output, _text(system, found, gateway.operator))
    if not follow or found.snapshot is None:
        return
    async for after in changes(gateway, system, ident, found):
        put_value(after.view.model_dump(mode="json"), _line_by_line(output), _text(system, after, gateway.operator))


async def show_actions(
    gateway: Gateway, system: ConsoleSystem[Any, Any], ident: str, known: KnownView | None, output: Output
) -> None:
    """Write what the operator may do to it now. Raises ``CallError``."""
    found = await read(gateway, system, ident, known)
    actions = found.snapshot.actions if found.snapshot is not None else []
    put_values([action.model_dump(mode="json") for action in actions], output, _action_lines(actions))


async def show_history(
    gateway: Gateway, system: ConsoleSystem[Any, Any], ident: str, output: Output, *, follow: bool = False
) -> None:
    """Write the events of its latest run; with ``follow`` those to come, too, until it ends. Raises ``CallError``."""
    written: list[dict[str, Any]] = []
    async for lines in _events(gateway, system, ident, wait=follow):
        values = [_event(line) for line in lines]
        if output == "json" and not follow:
            written += values
        else:
            put_values(values, _line_by_line(output), map(_event_line, lines))
    if output == "json" and not follow:
        put_values(written, output, ())


def _events(
    gateway: Gateway, system: ConsoleSystem[Any, Any], ident: str, *, wait: bool = True
) -> AsyncIterator[list[HistoryLine]]:
    return gateway.follow(RowKey(f"{system.kind.id_prefix}{ident}", ""), wait=wait)


def _viewer(gateway: Gateway) -> Viewer:
    return Viewer(person=gateway.operator)


def _line_by_line(output: Output) -> Output:
    """Return how one of many values is written that come one after another."""
    return "text" if output == "text" else "jsonl"


def _text(system: ConsoleSystem[Any, Any], found: Known, operator: str) -> str:
    now = datetime.now(UTC)
    name = found.snapshot.row.stage if found.snapshot is not None else ""
    stage = next((stage for stage in system.stages if stage.name == name), unknown_stage(name))
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    context = DetailContext(stage=stage, width=width, now=now, operator=operator)
    details = system.details(found.view, context).plain
    named = plain(system.named(found.view))
    return f"{named} · {stage.label}\n\n{details}" if name else f"{named}\n\n{details}"


def _action_lines(actions: Sequence[Action]) -> list[str]:
    names = [action.name.replace("_", "-") for action in actions]
    width = max(map(len, names), default=0)
    return [
        f"{MARK[action.enabled]} {name:<{width}}  {plain((action.effect if action.enabled else action.reason) or '')}"
        for action, name in zip(actions, names, strict=True)
    ]


def _event(line: HistoryLine) -> dict[str, Any]:
    return {"event_id": line.event_id, "at": line.at.isoformat(), "kind": line.kind, "detail": line.detail}


def _event_line(line: HistoryLine) -> str:
    about = f"  {plain(line.detail)}" if line.detail else ""
    return f"{line.event_id:>5}  {clock(line.at, datetime.now(UTC))}  {line.kind}{about}"
