"""What Slack shows of a request: each message with its state, and each click that was refused."""

from datetime import datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import clock, due
from console.design.tone import Tone
from console.details.sections import grid, hanging, lines, section
from workflows.approvals.slack.models import MessageState, SlackClick, SlackMessage, SlackState

STATES: dict[MessageState, tuple[str, str, Tone]] = {
    "waiting": ("◔", "waits to be sent", Tone.WAITING),
    "sent": ("✔", "up to date", Tone.DONE),
    "failing": ("▲", "cannot be sent", Tone.HUMAN),
    "nobody": ("·", "is not in Slack", Tone.MUTED),
    "digest": ("·", "in the daily digest", Tone.MUTED),
    "deleted": ("·", "was deleted there", Tone.MUTED),
}

TURNED_OFF = "the workers have no token for Slack now; what waits is sent when they have one"

CHANNEL = "(channel)"
RECIPIENT_CELLS = 24


def slack_section(state: SlackState, width: int, now: datetime) -> Content:
    """Return messages and refused clicks; nothing of a request for which Slack never was on."""
    if not state.messages and not state.refused_clicks:
        return section("Slack", Tone.MUTED.styled("  off" if not state.on else "  no message about this request"))
    rows = [_message(each) for each in state.messages]
    troubles = [_trouble(each, width, now) for each in state.messages if each.error]
    clicks = [_click(each, width, now) for each in state.refused_clicks]
    off = "" if state.on else hanging(Tone.HUMAN.styled("  ▲ "), TURNED_OFF, width, Tone.HUMAN.style)
    return lines(
        section("Slack", off, grid(rows, width=width) if rows else "", *troubles),
        section("Clicks in Slack that changed nothing", *clicks),
    )


def _message(each: SlackMessage) -> list[Content]:
    sign, words, tone = STATES[each.state]
    place = f"{each.channel} {each.ts}" if each.channel and each.ts else ""
    return [
        Content.assemble((f"{sign} ", tone.style), plain(each.recipient or CHANNEL, limit=RECIPIENT_CELLS)),
        Content(f"{each.kind} {plain(each.part)}"),
        tone.styled(words),
        Tone.MUTED.styled(plain(place)),
    ]


def _trouble(each: SlackMessage, width: int, now: datetime) -> Content:
    again = f"; tried again in {due(each.retry_at, now)}" if each.retry_at and each.retry_at > now else ""
    words = f"{each.recipient or CHANNEL}: {each.error}{again}"
    return hanging(Content.assemble("    ", ("▲ ", Tone.HUMAN.style)), words, width)


def _click(each: SlackClick, width: int, now: datetime) -> Content:
    who = plain(each.person or f"{each.slack_user} of team {each.team}", limit=40)
    start = Content.assemble(
        "  ", (clock(each.at, now), Tone.MUTED.style), "  ", (who, "bold"), f" {plain(each.action)}: "
    )
    return hanging(start, each.reason, width)
