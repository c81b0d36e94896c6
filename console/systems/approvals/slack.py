"""What Slack shows of a request: each message with its state, and each click that was refused."""

from datetime import datetime

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from console.design.text import plain
from console.design.times import clock, due
from console.design.tone import Tone
from console.details.sections import hanging, heading, lines, section
from console.widgets.blocks import Block
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
PART_CELLS = 14
STATE_CELLS = max(len(words) for _, words, _ in STATES.values())
MAX_TROUBLES = 20
"""Messages whose errors are shown in full."""


def slack_blocks(state: SlackState, now: datetime) -> list[Block]:
    """Return messages and refused clicks; nothing of a request for which Slack never was on."""
    if not state.messages and not state.refused_clicks:
        words = "  off" if not state.on else "  no message about this request"
        return [Block(lambda _: section("Slack", Tone.MUTED.styled(words)))]
    names = min(max((cell_len(each.recipient) for each in state.messages), default=0), RECIPIENT_CELLS)
    names = max(names, len(CHANNEL))
    return [
        Block(lambda width: lines(heading("Slack"), _turned_off(state, width))),
        *(_message(each, names) for each in state.messages),
        Block(lambda width: _troubles(state, width, now)),
    ]


def _turned_off(state: SlackState, width: int) -> Content:
    return Content("") if state.on else hanging(Tone.HUMAN.styled("  ▲ "), TURNED_OFF, width, Tone.HUMAN.style)


def _troubles(state: SlackState, width: int, now: datetime) -> Content:
    """Return what keeps messages from Slack, and the clicks that were refused."""
    failing = [each for each in state.messages if each.error]
    more = f"    and {len(failing) - MAX_TROUBLES} more" if len(failing) > MAX_TROUBLES else ""
    clicks = [_click(each, width, now) for each in state.refused_clicks]
    return lines(
        *(_trouble(each, width, now) for each in failing[:MAX_TROUBLES]),
        Tone.HUMAN.styled(more),
        section("Clicks in Slack that changed nothing", *clicks),
    )


def _message(each: SlackMessage, names: int) -> Block:
    """Return one line about a message, with so many cells for its recipient: there may be thousands."""

    def _draw(width: int) -> Content:
        sign, words, tone = STATES[each.state]
        place = f"{each.channel} {each.ts}" if each.channel and each.ts else ""
        line = Content.assemble(
            (f"  {sign} ", tone.style),
            set_cell_size(plain(each.recipient or CHANNEL, limit=names), names),
            f"  {set_cell_size(f'{each.kind} {plain(each.part)}', PART_CELLS)}  ",
            (set_cell_size(words, STATE_CELLS), tone.style),
            (f"  {plain(place)}", Tone.MUTED.style),
        )
        return line.rstrip().truncate(width, ellipsis=True)

    return Block(_draw, lambda _: 1)


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
