"""The details of one request: chain, outlook, comments, audit trail."""

from datetime import datetime

from textual.content import Content

from console.design.text import plain, plain_lines
from console.design.times import age, clock
from console.design.tone import Tone
from console.details.sections import (
    attention,
    facts,
    forecast,
    lines,
    refused_signals,
    section,
    sections,
    sides,
    status,
    timing,
)
from console.model import Stage
from console.systems.approvals.chain import chain
from console.systems.approvals.versions import latest_changes
from console.systems.system import DetailContext
from workflows.approvals.apply_models import Application, ApplyStatus
from workflows.approvals.models import ApprovalRequest, ApprovalState, ApprovalView, AuditEntry, AuditTrail, Comment
from workflows.approvals.outlook import ENDS, Outlook, outlook
from workflows.shared.money import format_money

MAX_ENTRIES = 5
"""Latest entries of the audit trail that are drawn; the payload has all."""

APPLYING = {
    ApplyStatus.NONE: (Tone.MUTED, ""),
    ApplyStatus.PENDING: (Tone.MOVING, "under way: "),
    ApplyStatus.APPLIED: (Tone.DONE, "done: "),
    ApplyStatus.NEEDS_ACTION: (Tone.HUMAN, "failed: "),
    ApplyStatus.SETTLED: (Tone.DONE, "settled: "),
}
"""Tone and first words of a step by its status."""

HASH_CELLS = 8
NAME_CELLS = 24


def request_details(view: ApprovalView, context: DetailContext) -> Content:
    """Return everything about a request."""
    state, trail, stage = view.state, view.trail, context.stage
    operator, width, now = context.operator, context.width, context.now
    return sections(
        lines(_head(state, context), _title(state, trail, operator, width, now), _facts(state, stage)),
        _indented(chain(state.levels, operator=operator, width=width - 2, now=now)),
        latest_changes(state),
        _outlook(state, operator, context.close_reason),
        "" if context.close_reason else forecast(view.next, now, width),
        _application(state.application),
        section("Details", facts(state.request.details, NAME_CELLS, width)),
        _comments(state.comments, operator, now),
        refused_signals(state.refusals, state.refusal_count, now, width),
        _trail(trail, width, now),
    )


def amount_words(request: ApprovalRequest) -> str:
    """Return the amount for people, empty if there is none."""
    if request.amount is None or request.currency is None:
        return ""
    return format_money(request.amount, request.currency)


def _head(state: ApprovalState, context: DetailContext) -> Content:
    stage, width, now = context.stage, context.width, context.now
    if context.broken:
        return sides(status(stage), Tone.MUTED.styled("when it ended"), width)
    level = state.levels[state.current_level] if state.current_level is not None else None
    due_at = level.due_at if level is not None else None
    return sides(status(stage), timing(state.stage_since, due_at, now), width)


def _title(state: ApprovalState, trail: AuditTrail, operator: str, width: int, now: datetime) -> Content:
    requester = "you" if state.request.requester == operator else plain(state.request.requester)
    when = f", {age(trail.entries[0].at, now)} ago" if trail.entries else ""
    title = Content.styled(plain(state.request.title), "bold")
    return sides(title, Tone.MUTED.styled(f"requested by {requester}{when}"), width)


def _facts(state: ApprovalState, stage: Stage) -> Content:
    words = (state.request.kind, amount_words(state.request), f"version {state.version}", f"slack {state.slack}")
    return lines(
        Tone.MUTED.styled(" · ".join(plain(word) for word in words if word)),
        attention(state.attention),
        stage.tone.styled(f"{stage.label}: {plain(state.reason)}") if state.reason else "",
    )


def _outlook(state: ApprovalState, operator: str, close_reason: str) -> Content:
    if not close_reason and (end := ENDS.get(state.status)):
        return Content.assemble(("Outcome: ", Tone.MUTED.style), end)
    told = Outlook(passes=False, words=close_reason) if close_reason else outlook(state, operator)
    verdict = Tone.DONE.styled("Yes: ") if told.passes else Tone.STOPPED.styled("No: ")
    return Content.assemble(("Can it still pass? ", Tone.MUTED.style), verdict, plain(told.words))


def _application(application: Application | None) -> Content:
    """Return what follows from the approval, and how far it is."""
    if application is None:
        return Content("")
    tone, words = APPLYING[application.status]
    told = application.error or application.note
    return Content.assemble(
        ("What follows: ", Tone.MUTED.style),
        tone.styled(words),
        plain(f"{application.words}{f': {told}' if told else ''}"),
    )


def _comments(comments: list[Comment], operator: str, now: datetime) -> Content:
    return section("Comments", *(_comment(comment, operator, now) for comment in comments))


def _comment(comment: Comment, operator: str, now: datetime) -> Content:
    author = "you" if comment.author == operator else plain(comment.author)
    head = Content.assemble("  ", (author, "bold"), (f", {age(comment.at, now)} ago", Tone.MUTED.style))
    said = Content(plain_lines(comment.text))
    return lines(head, _indented(said, "    "))


def _trail(trail: AuditTrail, width: int, now: datetime) -> Content:
    whole = len(trail.entries)
    title = f"Audit trail · the latest {MAX_ENTRIES} of {whole}" if whole > MAX_ENTRIES else "Audit trail"
    return section(title, *(_entry(entry, width, now) for entry in trail.entries[-MAX_ENTRIES:]))


def _entry(entry: AuditEntry, width: int, now: datetime) -> Content:
    seal = f"  #{entry.hash[:HASH_CELLS]}  "
    start = Content.assemble(
        "  ", (clock(entry.at, now), Tone.MUTED.style), (seal, Tone.MUTED.style), (plain(entry.actor, limit=20), "bold")
    )
    action = plain(entry.action.replace("_", " "))
    said = Tone.MUTED.styled(plain(f"{action}: {entry.detail}" if entry.detail else action))
    indent = " " * (len(clock(entry.at, now)) + 4)
    return lines(start, *(Content.assemble(indent, line.rstrip()) for line in said.wrap(max(width - len(indent), 20))))


def _indented(content: Content, indent: str = "  ") -> Content:
    return Content("\n").join(Content.assemble(indent, line) for line in content.split())
