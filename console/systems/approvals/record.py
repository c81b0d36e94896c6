"""The record of one request: its versions, links and questions."""

from datetime import datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import clock
from console.design.tone import Tone
from console.details.sections import hanging, lines, section, sections
from console.systems.approvals.versions import side_by_side
from workflows.approvals.models import ApprovalState, Attachment, Question


def has_section(state: ApprovalState) -> bool:
    """Return whether there is anything of it."""
    return bool(state.versions or state.attachments or state.questions or state.snoozed)


def request_section(state: ApprovalState, width: int, now: datetime) -> Content:
    """Return what the request keeps besides its trail and what Slack shows, in ``width`` cells."""
    return sections(
        side_by_side(state, width, now),
        section("Links", *(_link(each, width, now) for each in state.attachments)),
        section("Questions", *(_question(each, width, now) for each in state.questions)),
        section("Away by choice", *_snoozed(state, now)),
    )


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
