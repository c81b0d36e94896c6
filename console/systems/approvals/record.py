"""The record of one request: versions, links, questions, Slack, and the whole audit trail, verified."""

from datetime import datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import clock
from console.design.tone import Tone
from console.details.sections import hanging, lines, problem, section, sections
from console.systems.approvals.slack import slack_section
from console.systems.approvals.versions import side_by_side
from workflows.approvals.audit import broken_at
from workflows.approvals.models import ApprovalState, ApprovalView, Attachment, AuditEntry, AuditTrail, Question
from workflows.approvals.slack.models import SlackState

HASH_CELLS = 12


def record(view: ApprovalView, slack: SlackState | str, width: int, now: datetime) -> Content:
    """Return all that the request keeps, in ``width`` cells; ``slack`` may be words about why it is not known."""
    state, trail = view.state, view.trail
    return sections(
        side_by_side(state, width, now),
        section("Links", *(_link(each, width, now) for each in state.attachments)),
        section("Questions", *(_question(each, width, now) for each in state.questions)),
        section("Away by choice", *_snoozed(state, now)),
        section("Slack", f"  {plain(slack)}") if isinstance(slack, str) else slack_section(slack, width, now),
        lines(_verdict(trail), section("Audit trail", *(trail_line(each, width, now) for each in trail.entries))),
        section(
            "Refused before it began, or after its end",
            _attempts_verdict(trail),
            *(trail_line(each, width, now) for each in trail.attempts),
        ),
    )


def trail_line(entry: AuditEntry, width: int, now: datetime) -> Content:
    """Return one entry: when, who and what, below it the detail."""
    start = Content.assemble(
        f"  {entry.sequence:>3}  ",
        (clock(entry.at, now), Tone.MUTED.style),
        (f"  #{entry.hash[:HASH_CELLS]}  ", Tone.MUTED.style),
        (plain(entry.actor, limit=24), "bold"),
        f"  {plain(entry.action.replace('_', ' '))}",
    )
    return lines(start, hanging(Content(" " * 7), entry.detail, width, Tone.MUTED.style) if entry.detail else "")


def _verdict(trail: AuditTrail) -> Content:
    if not trail.entries:
        return Content("")
    place = broken_at(trail)
    if place is not None:
        return problem(f"the trail is not whole: entry {place} does not follow from those before it")
    words = f"✔ whole: {len(trail.entries)} entries, the last hash is {trail.entries[-1].hash}"
    return Tone.DONE.styled(words)


def _attempts_verdict(trail: AuditTrail) -> Content:
    place = broken_at(trail, "attempts")
    if place is None:
        return Content("")
    return problem(f"these are not whole: entry {place} does not follow from those before it")


def _link(each: Attachment, width: int, now: datetime) -> Content:
    start = Content.assemble(
        "  ", (plain(each.name, limit=40), "bold"), f"  {clock(each.at, now)}, {plain(each.author)}"
    )
    url = hanging(Content("    "), each.url, width)
    return lines(start, url, hanging(Content("    "), f"SHA-256 {each.sha256}", width, Tone.MUTED.style))


def _question(each: Question, width: int, now: datetime) -> Content:
    end = f"answered {clock(each.answered_at, now)}" if each.answered_at else "not answered yet"
    start = Content.assemble("  ", (f"{plain(each.by)} asks {plain(each.of)}", "bold"), f"  {end}")
    return lines(start, hanging(Content("    "), each.question, width))


def _snoozed(state: ApprovalState, now: datetime) -> list[str]:
    return [
        f"  {plain(each.person)} does not want to be waited for"
        + (f" until {clock(each.until, now)}" if each.until else "")
        for each in state.snoozed
    ]
