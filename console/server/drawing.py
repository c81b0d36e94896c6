"""What the screen about the server says, as Textual content. All names come from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from textual.content import Content

from console.design.text import plain
from console.design.times import one_unit, two_units
from console.design.tone import Tone
from console.details.sections import facts, grid, hanging, lines, problem, section
from console.gateway.call_meter import CallKind, CallMeter
from console.gateway.server_status import Poller, QueueState, ServerInfo, Slots, WorkerState
from console.start.state import Server
from workflows.shared.counts import number_of
from workflows.shared.identity.mode import Mode

NAME_WIDTH = 10
MAX_IDENTITY = 60
"""Cells of who polls."""
OLD_BACKLOG = timedelta(minutes=1)
"""Age of the oldest task from where on somebody should look."""
OLD_HEARTBEAT = timedelta(seconds=150)
"""Age of a heartbeat from where on its worker has probably gone: it sends one a minute."""
MB = 1_000_000
SERVER_LIMITS = "the server does not state its own: a self-hosted one takes 10 a second, Temporal Cloud 30"
CAN_PAUSE = "operations on a run can pause and unpause workflows"
CANNOT_PAUSE = "cannot pause workflows (server flag frontend.WorkflowPauseEnabled)"
IDENTITIES: Mapping[Mode, str] = {
    "open": "open: messages are not signed, and anybody may name anyone",
    "signed": "signed: messages need a signature of the operator whom they name",
}
NO_HEARTBEATS = "this server keeps no heartbeats of workers (server flag frontend.WorkerHeartbeatsEnabled)"
NO_HEARTBEAT_YET = "no worker has sent a heartbeat yet; each sends one a minute"


def about_server(server: Server, info: ServerInfo | None, width: int, identity: Mode = "open") -> Content:
    """Return which server it is, and what it can."""
    known: dict[str, object] = {"address": server.address, "namespace": server.namespace}
    if info is not None:
        known |= {
            "version": info.version or "not stated",
            "retention": f"{two_units(info.retention)} after the end of a run",
            "pause": CAN_PAUSE if info.can_pause else CANNOT_PAUSE,
            "payloads": f"{info.max_payload / MB:.1f} MB at most" if info.max_payload else "limit not stated",
        }
    known["identity"] = IDENTITIES[identity]
    return section("Server", facts(known, NAME_WIDTH, width))


def own_calls(meter: CallMeter, budget: float, width: int) -> Content:
    """Return the console's own calls, beside what it allows itself."""
    limits = f"Lists and counts: this console allows itself {budget:g} a second; {SERVER_LIMITS}"
    rows = [
        (
            Tone.HUMAN.styled(f"▲ {kind}") if kind is CallKind.BUSY else kind.value,
            f"{calls.a_second:.1f} a second",
            Tone.MUTED.styled(f"{calls.in_a_minute:,} in the last minute"),
        )
        for kind in CallKind
        if (calls := meter.calls(kind)).in_a_minute or kind is not CallKind.BUSY
    ]
    return section(
        "Calls of this console",
        grid(rows, right=(1,), width=width),
        hanging(Content("  "), limits, width, Tone.MUTED.style),
    )


def task_queues(queues: Sequence[QueueState], used_by: Mapping[str, str], now: datetime, width: int) -> Content:
    """Return pollers and backlog of each task queue; ``used_by`` names the tabs that use it."""
    names = dict.fromkeys(queue.name for queue in queues)
    parts = []
    for name in names:
        head = Content.assemble("  ", (plain(name), "bold"), Tone.MUTED.styled(f"  {used_by.get(name, '')}"))
        parts.append(lines(head, *(_queue(queue, now, width) for queue in queues if queue.name == name)))
    return section("Task queues", *parts)


def _queue(queue: QueueState, now: datetime, width: int) -> Content:
    live = sum(not poller.gone for poller in queue.pollers)
    pollers = f"{number_of(live, 'poller')}" if live else "▲ nobody polls"
    backlog = "no backlog"
    if queue.backlog:
        backlog = f"{queue.backlog:,} waiting, the oldest for {one_unit(queue.backlog_age)}"
    old = queue.backlog > 0 and queue.backlog_age >= OLD_BACKLOG
    tone = Tone.HUMAN if old else Tone.WAITING if queue.backlog else Tone.MUTED
    rates = f"{queue.added:.1f} in, {queue.dispatched:.1f} out a second"
    line = Content.assemble(
        f"    {queue.kind:<16}",
        (f"{pollers:<16}", (Tone.PLAIN if live else Tone.HUMAN).style),
        (f"{'▲ ' if old else ''}{backlog}", tone.style),
    )
    beside = Content.assemble(line, (f"  {rates}", Tone.MUTED.style))
    line = beside if beside.cell_length <= width else line.truncate(width, ellipsis=True)
    return lines(line, *(_poller(poller, now) for poller in queue.pollers))


def _poller(poller: Poller, now: datetime) -> Content:
    word = "gone, last seen" if poller.gone else "seen"
    tone = Tone.STOPPED if poller.gone else Tone.MUTED
    identity = plain(poller.identity, limit=MAX_IDENTITY)
    return Content.styled(f"      {identity}  {word} {_ago(poller.seen_at, now)}", tone.style)


def workers(found: Sequence[WorkerState], queues: Sequence[str], info: ServerInfo | None, now: datetime) -> Content:
    """Return the workers of our task queues by their heartbeats, and how many others there are."""
    if info is not None and not info.has_heartbeats:
        return section("Workers", problem(NO_HEARTBEATS))
    ours = [worker for worker in found if worker.queue in queues]
    others = len(found) - len(ours)
    if not ours:
        none = Content.styled(f"  {NO_HEARTBEAT_YET}", Tone.MUTED.style)
        return section("Workers", none, _others(others))
    return section("Workers", *(_worker(worker, now) for worker in ours), _others(others))


def _others(count: int) -> Content | str:
    return Tone.MUTED.styled(f"  {number_of(count, 'worker')} of other task queues") if count else ""


def _worker(worker: WorkerState, now: datetime) -> Content:
    old = now - worker.heartbeat_at >= OLD_HEARTBEAT
    beat = f"heartbeat {_ago(worker.heartbeat_at, now)}"
    head = Content.assemble(
        "  ",
        (plain(worker.identity, limit=MAX_IDENTITY), "bold"),
        Tone.MUTED.styled(f"  {plain(worker.queue, limit=MAX_IDENTITY)}"),
    )
    slots = f"slots: workflow tasks {_slots(worker.workflow_slots)}, activities {_slots(worker.activity_slots)}"
    machine = f"machine: {worker.cpu:.0%} of processors, {worker.memory:.0%} of memory"
    since = f"since {_ago(worker.started_at, now)}, " if worker.started_at else ""
    return lines(
        head,
        Content.assemble(
            f"    {plain(worker.status, limit=20)}, ",
            (f"▲ {beat}" if old else beat, (Tone.HUMAN if old else Tone.PLAIN).style),
            Tone.MUTED.styled(f"  {since}{plain(worker.sdk, limit=40)}"),
        ),
        Content(f"    {slots}"),
        Tone.MUTED.styled(f"    {machine}"),
    )


def _slots(slots: Slots) -> str:
    return f"{slots.used:,} of {slots.used + slots.free:,} used" if slots.used + slots.free else "none"


def _ago(at: datetime, now: datetime) -> str:
    return f"{one_unit(max(now - at, timedelta()))} ago"
