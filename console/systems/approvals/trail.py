"""The audit trail in the record of a request: as blocks, since it may have thousands of entries."""

from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from textual.content import Content

from console.design.text import plain
from console.design.times import clock
from console.design.tone import Tone
from console.details.sections import hanging, heading, lines, problem
from console.widgets.blocks import Block
from workflows.approvals.audit import broken_at
from workflows.approvals.models import AuditEntry, AuditTrail

HASH_CELLS = 12
INDENT = 7
NAME_CELLS = 24
OTHERS_CELLS = INDENT + 16 + HASH_CELLS + 7 + 14
"""Of an entry's first line without the name: number, time, hash, gaps and the longest action."""


@dataclass(frozen=True)
class Verdict:
    """Where the chains of a trail are broken, from 1; None where they are whole."""

    trail: int | None
    attempts: int | None

    @classmethod
    def of(cls, trail: AuditTrail) -> "Verdict":
        """Verify a trail. It takes a tenth of a second for some thousand entries: to be called in a thread."""
        return cls(broken_at(trail), broken_at(trail, "attempts"))


def trail_blocks(trail: AuditTrail, verdict: Verdict, now: datetime) -> list[Block]:
    """Return the trail below whether it is whole."""
    if not trail.entries:
        return []
    if verdict.trail is None:
        words = f"✔ whole: {len(trail.entries)} entries, the last hash is {trail.entries[-1].hash}"
        said = Tone.DONE.styled(words)
    else:
        said = problem(f"the trail is not whole: entry {verdict.trail} does not follow from those before it")
    return [Block(lambda _: lines(said, heading("Audit trail"))), *(_block(each, now) for each in trail.entries)]


def attempt_blocks(trail: AuditTrail, verdict: Verdict, now: datetime) -> list[Block]:
    """Return the refused attempts beside the trail."""
    if not trail.attempts:
        return []
    title, said = heading("Refused before it began, or after its end"), Content("")
    if verdict.attempts is not None:
        said = problem(f"these are not whole: entry {verdict.attempts} does not follow from those before it")
    return [Block(lambda _: lines(title, said)), *(_block(each, now) for each in trail.attempts)]


def _block(entry: AuditEntry, now: datetime) -> Block:
    return Block(lambda width: trail_line(entry, width, now), lambda width: trail_height(entry, width))


def trail_line(entry: AuditEntry, width: int, now: datetime) -> Content:
    """Return one entry: when, who and what in one line, below it the detail."""
    start = Content.assemble(
        f"  {entry.sequence:>3}  ",
        (clock(entry.at, now), Tone.MUTED.style),
        (f"  #{entry.hash[:HASH_CELLS]}  ", Tone.MUTED.style),
        (plain(entry.actor, limit=min(max(width - OTHERS_CELLS, 8), NAME_CELLS)), "bold"),
        f"  {plain(entry.action.replace('_', ' '))}",
    ).truncate(width, ellipsis=True)
    return lines(start, _detail(entry.detail, width)) if entry.detail else start


def trail_height(entry: AuditEntry, width: int) -> int:
    """Return how many lines `trail_line` takes; most details are seen to fit into one."""
    detail = entry.detail
    if not detail:
        return 1
    if detail.isprintable() and cell_len(detail) <= width - INDENT:
        return 2
    return 2 + _detail(detail, width).plain.count("\n")


def _detail(detail: str, width: int) -> Content:
    return hanging(Content(" " * INDENT), detail, width, Tone.MUTED.style)
