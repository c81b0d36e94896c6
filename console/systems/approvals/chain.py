"""The chain of approval levels, drawn side by side, or below one another where there is no room."""

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import age, clock, two_units
from console.design.tone import Tone
from workflows.approvals.models import LevelState, LevelStatus, Vote

SIGNS: dict[LevelStatus, tuple[str, Tone]] = {
    LevelStatus.NOT_OPEN: ("○", Tone.MUTED),
    LevelStatus.OPEN: ("◐", Tone.WAITING),
    LevelStatus.APPROVED: ("✔", Tone.DONE),
    LevelStatus.REJECTED: ("✖", Tone.HUMAN),
    LevelStatus.EXPIRED: ("◌", Tone.STOPPED),
    LevelStatus.SKIPPED: ("·", Tone.MUTED),
    LevelStatus.CLOSED: ("·", Tone.STOPPED),
}

STATES = {
    LevelStatus.NOT_OPEN: "not open yet",
    LevelStatus.OPEN: "open",
    LevelStatus.APPROVED: "",
    LevelStatus.REJECTED: "rejected",
    LevelStatus.EXPIRED: "not decided in time",
    LevelStatus.SKIPPED: "skipped",
    LevelStatus.CLOSED: "closed",
}

THEN, TOGETHER = "─", "═"
THEN_BELOW, TOGETHER_BELOW = "│", "║"
"""Strokes to the next level: one that opens when this one has passed, or one that opens together with it."""

MIN_COLUMN = 20
"""Cells of a level that is drawn beside others."""

MAX_VOTES = 4
"""Votes of a level that are drawn."""

MAX_COMMENT_LINES = 3

MAX_REMARKS = 4
"""Lines about absences, delegates and escalation of a level."""


def chain(levels: Sequence[LevelState], *, operator: str, width: int, now: datetime) -> Content:
    """Return the chain in ``width`` cells; ``operator`` is called "you"."""
    if not levels:
        return Tone.MUTED.styled("its levels are not known yet")
    column = width // len(levels)
    if len(levels) > 1 and column < MIN_COLUMN:
        return _stacked(levels, operator, width, now)
    return _side_by_side(levels, operator, width, now)


def rule_words(level: LevelState) -> str:
    """Return how many of a level's approvers must approve; empty if there is only one."""
    if len(level.approvers) < 2:  # noqa: PLR2004 - one person needs no rule
        return ""
    counts = {"any": "any one", "all": f"all {level.needed}"}
    return counts.get(level.rule.kind, f"{level.needed} of {len(level.approvers)}")


def _side_by_side(levels: Sequence[LevelState], operator: str, width: int, now: datetime) -> Content:
    column = width // len(levels)
    last = len(levels) - 1
    heads, bodies = [], []
    for index, level in enumerate(levels):
        room = width - column * last if index == last else column - 2
        head = _head(level).truncate(room, ellipsis=True)
        stroke = "" if index == last else TOGETHER if levels[index + 1].parallel else THEN
        line = f" {stroke * (column - head.cell_length - 2)} " if stroke else ""
        heads.append(head + Content.styled(line, _tone_after(level)))
        bodies.append([line.truncate(room, ellipsis=True) for line in _body(level, operator, room, now)])
    rows = [Content("").join(heads)]
    for number in range(max(len(body) for body in bodies)):
        cells = [body[number] if number < len(body) else Content("") for body in bodies]
        rows.append(Content("").join(cell.pad_right(column - cell.cell_length) for cell in cells))
    return Content("\n").join(row.rstrip() for row in rows)


def _stacked(levels: Sequence[LevelState], operator: str, width: int, now: datetime) -> Content:
    rows: list[Content] = []
    for index, level in enumerate(levels):
        rows.append(_head(level).truncate(width, ellipsis=True))
        below = levels[index + 1] if index < len(levels) - 1 else None
        sign = " " if below is None else TOGETHER_BELOW if below.parallel else THEN_BELOW
        stroke = Content.styled(f"{sign} ", _tone_after(level))
        rows += [stroke + line.truncate(width - 2, ellipsis=True) for line in _body(level, operator, width - 2, now)]
    return Content("\n").join(rows)


def _head(level: LevelState) -> Content:
    sign, tone = SIGNS[level.status]
    rule = rule_words(level)
    name = Content.styled(plain(level.name, limit=40), "bold" if level.status is LevelStatus.OPEN else "")
    return Content.assemble((f"{sign} ", tone.style), name, (f", {rule}" if rule else "", Tone.MUTED.style))


def _tone_after(level: LevelState) -> str:
    return (Tone.DONE if level.status is LevelStatus.APPROVED else Tone.MUTED).style


def _body(level: LevelState, operator: str, width: int, now: datetime) -> list[Content]:
    lines = [line for vote in level.votes[:MAX_VOTES] for line in _vote(vote, operator, width, now)]
    if len(level.votes) > MAX_VOTES:
        lines.append(Tone.MUTED.styled(f"and {len(level.votes) - MAX_VOTES} more"))
    if level.pending:
        lines += _people(level.pending, operator, width)
    if level.barred and (level.pending or level.status is LevelStatus.SKIPPED):
        lines.append(Tone.MUTED.styled("not ") + _people(level.barred, operator, width - 4)[0])
    if level.status is LevelStatus.OPEN:
        lines += _remarks(level, operator, now)
    if state := _state(level, now):
        lines.append(state)
    return lines


def _remarks(level: LevelState, operator: str, now: datetime) -> list[Content]:
    """Return why those who are waited for are not simply the level's approvers."""

    def named(person: str) -> str:
        return "you" if person == operator else plain(person)

    def until(at: datetime | None) -> str:
        return f" until {clock(at, now)}" if at else ""

    words = [
        *(f"{named(each.person)} for {named(each.of)}{until(each.until)}" for each in level.stand_ins),
        *(
            f"{named(each.person)} {'are' if each.person == operator else 'is'} away{until(each.until)}"
            for each in level.away
        ),
        *(f"{named(person)} has left" for person in level.gone),
        *([f"added: {', '.join(map(named, level.added))}"] if level.added else []),
        *(["decided in the console only"] if level.console_only else []),
    ]
    if len(words) > MAX_REMARKS:
        words = [*words[: MAX_REMARKS - 1], f"and {len(words) - MAX_REMARKS + 1} more"]
    return [Tone.MUTED.styled(each) for each in words]


def _vote(vote: Vote, operator: str, width: int, now: datetime) -> list[Content]:
    sign = "" if vote.decision == "approve" else "✖ "
    instead = f" for {plain(vote.on_behalf_of)}" if vote.on_behalf_of else ""
    who = Content.assemble(
        (sign, Tone.HUMAN.style),
        _person(vote.approver, operator),
        (f"{instead}, {age(vote.at, now)} ago", Tone.MUTED.style),
    )
    if not vote.comment:
        return [who]
    said = [line.rstrip() for line in Content(f'"{plain(vote.comment)}"').wrap(width)]
    if len(said) > MAX_COMMENT_LINES:
        del said[MAX_COMMENT_LINES:]
        said[-1] = Content(f"{plain(said[-1].plain, limit=max(width - 1, 1)).rstrip('…')}…")
    return [who, *(line.stylize(f"italic {Tone.MUTED.style}") for line in said)]


def _people(people: Sequence[str], operator: str, width: int) -> list[Content]:
    ordered = sorted(people, key=lambda person: person != operator)
    names = [_person(person, operator) for person in ordered]
    gap = Tone.MUTED.styled(" · ")
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        line = gap.join(names[:shown]) + Tone.MUTED.styled(f" +{rest}" if rest else "")
        if line.cell_length <= width or shown == 1:
            return [line]
    return []


def _person(person: str, operator: str) -> Content:
    return Content.styled("you", f"bold {Tone.ACCENT.style}") if person == operator else Content(plain(person))


def _state(level: LevelState, now: datetime) -> Content | None:
    if level.status is LevelStatus.OPEN and level.due_at is not None:
        if level.due_at < now:
            return Tone.HUMAN.styled(f"overdue since {two_units(now - level.due_at)}")
        return Tone.WAITING.styled(f"due in {two_units(level.due_at - now)}")
    words = STATES[level.status]
    return SIGNS[level.status][1].styled(words) if words else None
