"""A request for approval in words and pictures: what is asked, how far it is, what was said and done."""

from datetime import datetime

from textual.content import Content

from console.model import Stage
from console.moments import age, clock
from console.text import plain, plain_lines
from console.tone import Tone
from console.widgets.chain import chain
from console.widgets.sections import due_bar, grid, heading, lines, problem, sections, sides
from workflows.approvals.models import ApprovalRequest, ApprovalState, AuditTrail, Comment
from workflows.approvals.outlook import outlook
from workflows.shared.money import format_money

MOST_ENTRIES = 40
"""The latest entries of the audit trail that are drawn."""

HASH_CELLS = 8


def request_details(
    state: ApprovalState, trail: AuditTrail, stage: Stage, *, operator: str, width: int, now: datetime
) -> Content:
    """Return everything about a request, in ``width`` cells where it is laid out in columns."""
    return sections(
        _head(state, stage, operator, width, now),
        _indented(chain(state.levels, operator=operator, width=width - 2, now=now)),
        _outlook(state, operator),
        _details(state.request, width),
        _comments(state.comments, operator, now),
        _trail(trail, width, now),
    )


def amount_words(request: ApprovalRequest) -> str:
    """Return the amount for people, empty when there is none."""
    if request.amount is None or request.currency is None:
        return ""
    return format_money(request.amount, request.currency)


def _head(state: ApprovalState, stage: Stage, operator: str, width: int, now: datetime) -> Content:
    request = state.request
    status = Content.styled(f"{stage.symbol} {stage.label.upper()}", f"bold {stage.tone.style}")
    level = state.levels[state.current_level] if state.current_level is not None else None
    due = due_bar(state.stage_since, level.due_at, now) if level is not None and level.due_at else Content("")
    facts = (request.kind, amount_words(request), f"version {state.version}", f"slack {state.slack}")
    requester = "you" if request.requester == operator else plain(request.requester)
    return lines(
        sides(status, due, width),
        sides(
            Content.styled(plain(request.title), "bold"),
            Content.styled(f"requested by {requester}", Tone.MUTED.style),
            width,
        ),
        Content.styled(" · ".join(plain(fact) for fact in facts if fact), Tone.MUTED.style),
        problem(state.attention.replace("_", " ")) if state.attention else "",
        Content.styled(f"{stage.label}: {plain(state.reason)}", stage.tone.style) if state.reason else "",
    )


def _outlook(state: ApprovalState, operator: str) -> Content:
    told = outlook(state, operator)
    verdict = Content.styled("Yes: ", Tone.DONE.style) if told.passes else Content.styled("No: ", Tone.STOPPED.style)
    return Content.assemble(("Can it still pass? ", Tone.MUTED.style), verdict, plain(told.words))


def _details(request: ApprovalRequest, width: int) -> Content:
    if not request.details:
        return Content("")
    rows = [
        (Content.styled(plain(name, limit=24), Tone.MUTED.style), plain(str(value), limit=max(width - 30, 20)))
        for name, value in request.details.items()
    ]
    return lines(heading("Details"), grid(rows))


def _comments(comments: list[Comment], operator: str, now: datetime) -> Content:
    if not comments:
        return Content("")
    return lines(heading("Comments"), *(_comment(comment, operator, now) for comment in comments))


def _comment(comment: Comment, operator: str, now: datetime) -> Content:
    author = "you" if comment.author == operator else plain(comment.author)
    head = Content.assemble("  ", (author, "bold"), (f", {age(comment.at, now)} ago", Tone.MUTED.style))
    said = Content(plain_lines(comment.text))
    return lines(head, _indented(said, "    "))


def _trail(trail: AuditTrail, width: int, now: datetime) -> Content:
    if not trail.entries:
        return Content("")
    rows = [
        (
            Content.styled(clock(entry.at, now), Tone.MUTED.style),
            plain(entry.actor, limit=16),
            plain(
                f"{entry.action.replace('_', ' ')}: {entry.detail}" if entry.detail else entry.action, limit=width - 42
            ),
            Content.styled(entry.hash[:HASH_CELLS], Tone.MUTED.style),
        )
        for entry in trail.entries[-MOST_ENTRIES:]
    ]
    return lines(heading("Audit trail, each entry sealed by the hash of the one before"), grid(rows))


def _indented(content: Content, indent: str = "  ") -> Content:
    return Content("\n").join(Content.assemble(indent, line) for line in content.split())
