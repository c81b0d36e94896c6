"""The approvals tab."""

from datetime import datetime

from console.design.tone import Tone
from console.gateway.rows import Row
from console.listing import cells
from console.model import Cell, Column, Directory, Stage
from console.systems.approvals.commands import COMMANDS
from console.systems.approvals.details import amount_words, request_details
from console.systems.approvals.operations import REQUEST
from console.systems.approvals.record_screen import RecordScreen
from console.systems.approvals.why import WHY
from console.systems.person import PersonLink
from console.systems.system import ConsoleSystem, RowScreen
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalStatus, ApprovalView
from workflows.shared.crowds import is_mark
from workflows.shared.errors import RefusedError
from workflows.shared.timeline import TimelineEntry

STAGES: tuple[Stage, ...] = (
    Stage(ApprovalStatus.IN_REVIEW, "in review", "◔", Tone.WAITING),
    Stage(ApprovalStatus.CHANGES_REQUESTED, "changes requested", "↩", Tone.WAITING, short="changes"),
    Stage(ApprovalStatus.APPROVED, "approved", "✔", Tone.DONE),
    Stage(ApprovalStatus.REJECTED, "rejected", "✖", Tone.STOPPED),
    Stage(ApprovalStatus.WITHDRAWN, "withdrawn", "↶", Tone.STOPPED),
    Stage(ApprovalStatus.EXPIRED, "expired", "◌", Tone.STOPPED),
    Stage(ApprovalStatus.NEEDS_ACTION, "needs action", "▲", Tone.HUMAN),
)


def waiting_for(row: Row, _: datetime) -> Cell:
    """Return who must act now; nobody once the workflow has closed."""
    if row.closed:
        return Cell("")
    named = [person for person in row.waiting_for if not is_mark(person)]
    rest = len(row.waiting_for) - len(named)
    return Cell(" · ".join([*named, *([f"and {rest} more"] if rest else [])]))


def named(view: ApprovalView) -> str:
    """Return which request it is, in full."""
    request = view.state.request
    parts = (request.request_id, request.title, request.kind, amount_words(request), f"by {request.requester}")
    return " · ".join(part for part in parts if part)


async def look_up(client: ApprovalsClient, person: str) -> Directory:
    """Return what the company's directory says. Raises ``CallError``."""
    try:
        answer = await client.person(person)
    except RefusedError:
        return Directory(known=False)
    return Directory(answer.known, tuple(answer.people))


def timeline(view: ApprovalView) -> list[TimelineEntry]:
    """Return the audit trail in words."""
    return [
        TimelineEntry(at=entry.at, text=f"{entry.actor} {entry.action.replace('_', ' ')} {entry.detail}".strip())
        for entry in view.trail.entries
    ]


APPROVALS = ConsoleSystem(
    name="approvals",
    title="Approvals",
    client=ApprovalsClient,
    view=ApprovalView,
    stages=STAGES,
    columns=(
        Column("request", 19, cells.ident, grows=True),
        Column("title", 14, cells.title, flexible=True),
        Column("requester", 9, cells.owner, drop_order=3),
        Column("amount", 10, cells.money, align="right", figure=True, drop_order=1),
        Column("kind", 16, cells.note, drop_order=4),
        Column("stage", 12, cells.stage(STAGES)),
        Column("waiting for", 13, waiting_for, drop_order=2),
        Column("due", 10, cells.due_in, align="right", live=True, drop_order=5),
        Column("in", 5, cells.in_stage, align="right", live=True),
    ),
    commands=COMMANDS,
    details=request_details,
    named=named,
    failing_stages=frozenset({ApprovalStatus.REJECTED}),  # a request that refuses its own start
    needs="It needs people who decide: uv run tconsole people add ID, or people import FILE.csv, or the examples of"
    " uv run tconsole store sample",
    for_people=True,
    look_up=look_up,
    screens=(
        RowScreen("x", "record", "Record", "its versions, links and audit trail; exports the trail", RecordScreen),
    ),
    why=WHY,
    timeline=timeline,
    operations=REQUEST,
    person=PersonLink("requester", about=lambda row: row.title),
)
