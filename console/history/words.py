"""What a line of a history says, as pieces of text in their tones."""

from datetime import datetime, timedelta

from console.design.text import plain
from console.design.times import time_and_day, two_units
from console.design.tone import Tone
from console.gateway.events.description import PendingActivity
from console.gateway.events.event import Event, Phase, Subject
from console.history.groups import Group

Piece = tuple[str, Tone]

MAX_CELLS = 400
"""Of one text from outside: more than a line has, and little to make safe."""

SIGNS = {
    Phase.DONE: ("✔", Tone.DONE),
    Phase.FAILED: ("▲", Tone.HUMAN),
    Phase.STOPPED: ("✖", Tone.STOPPED),
    Phase.BEGUN: ("◐", Tone.MOVING),
    Phase.UNDER_WAY: ("◐", Tone.MOVING),
}
WAITS = ("◔", Tone.WAITING)
COMES_IN = ("→", Tone.ACCENT)
SHORT = timedelta(seconds=1)


def sign(group: Group) -> Piece:
    """Return the sign of a group."""
    if group.failed:
        return SIGNS[Phase.FAILED]
    if group.subject is Subject.SIGNAL:
        return COMES_IN
    return WAITS if group.open and group.subject is Subject.TIMER else SIGNS[group.phase]


def length(span: timedelta) -> str:
    """Return how long something took, such as ``41 ms``."""
    if span < SHORT:
        return f"{span.total_seconds() * 1000:.0f} ms"
    return f"{span.total_seconds():.1f} s" if span < timedelta(seconds=10) else two_units(span)


def name(group: Group) -> str:
    """Return what a group is called."""
    match group.subject:
        case Subject.RUN:
            return safe(group.first.kind.removeprefix("workflow execution "), before="run ")
        case Subject.ACTIVITY:
            return safe(group.name)
        case Subject.CHILD | Subject.EXTERNAL if group.link:
            word = "child" if group.subject is Subject.CHILD else group.first.kind.partition(" external")[0]
            return f"{safe(f'{word} {group.name}')} → {safe(group.link.workflow_id)}"
        case Subject.TASK:
            return "workflow task"
        case _:
            return f"{group.subject} {safe(group.name)}".strip()


def pieces(group: Group, now: datetime) -> list[Piece]:
    """Return a group in one line: its sign, its name, how it went, who sent it."""
    said = [sign(group), (f" {name(group)}", Tone.PLAIN)]
    if sender := _sender(group):
        said.append((f"  {sender}", Tone.ACCENT))
    if group.attempts > 1:
        said.append((f"  attempt {group.attempts}", Tone.HUMAN if group.failed else Tone.WAITING))
    if group.failed:
        said.append((f"  {safe(group.note)}", Tone.HUMAN))
    elif group.note and group.subject is not Subject.ACTIVITY:
        said.append((f"  {safe(group.note)}", Tone.MUTED))
    if ended := _ended(group, now):
        said.append((f"  {ended}", Tone.MUTED))
    return said


def _sender(group: Group) -> str:
    if group.subject is Subject.SIGNAL and group.link:
        return f"from {safe(group.link.workflow_id)}"
    sent = group.subject in (Subject.SIGNAL, Subject.UPDATE, Subject.RUN)
    return f"from {safe(group.by)}" if sent and group.by else ""


def _ended(group: Group, now: datetime) -> str:
    span = length(group.span(now))
    match group.subject:
        case Subject.TIMER:
            how = {Phase.DONE: "fired", Phase.STOPPED: "cancelled after " + span}
            until = group.first.until
            return how.get(group.phase, f"until {time_and_day(until, now)}" if until else "waits")
        case Subject.ACTIVITY | Subject.UPDATE | Subject.CHILD | Subject.NEXUS:
            return f"for {span} so far" if group.open else span
        case _:
            return ""


def event_pieces(event: Event) -> list[Piece]:
    """Return one event in one line, behind its number and its time."""
    tone = SIGNS[Phase.FAILED][1] if event.failed else Tone.PLAIN
    said = [(event.kind, tone)]
    if event.name:
        said.append((f"  {safe(event.name)}", Tone.ACCENT))
    if event.link:
        said.append((f"  {safe(event.link.workflow_id)}", Tone.ACCENT))
    if event.attempt > 1:
        said.append((f"  attempt {event.attempt}", Tone.WAITING))
    if event.note:
        said.append((f"  {safe(event.note)}", tone if event.failed else Tone.MUTED))
    if event.by:
        said.append((f"  by {safe(event.by)}", Tone.MUTED))
    return said


def pending_pieces(pending: PendingActivity, now: datetime) -> list[Piece]:
    """Return what the server says of an activity under way."""
    tries = f"attempt {pending.attempt}" + (f" of {pending.max_attempts}" if pending.max_attempts else "")
    said = [(f"{pending.state}, {tries}", Tone.WAITING)]
    if pending.retry_at is not None:
        wait = pending.retry_at - now
        said.append((f", next in {length(wait)}" if wait > timedelta() else ", next now", Tone.WAITING))
    elif pending.worker:
        said.append((f", at {safe(pending.worker)}", Tone.MUTED))
    if pending.last_failure:
        said.append((f"  {safe(pending.last_failure)}", Tone.HUMAN))
    return said


def idle_words(start: datetime, end: datetime, groups: list[Group]) -> str:
    """Return how long nothing happened, and which activities were under way meanwhile."""
    ran = [
        group
        for group in groups
        if group.subject is Subject.ACTIVITY and group.first.at <= start and (group.open or group.last.at >= end)
    ]
    span = two_units(end - start)
    if not ran:
        return f"·· {span} nothing happened ··"
    others = f" and {len(ran) - 1:,} more" if len(ran) > 1 else ""
    return f"·· {span} without an event: {safe(ran[0].name)}{others} ran ··"


def safe(text: str, *, before: str = "") -> str:
    """Return a text from outside, safe to draw in one line."""
    return before + plain(text[: 4 * MAX_CELLS], limit=MAX_CELLS)
