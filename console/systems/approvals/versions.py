"""Versions of a request: what the latest one changed, and all of them side by side."""

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from console.design.text import plain
from console.design.times import clock
from console.design.tone import Tone
from console.details.sections import grid, lines, section
from workflows.approvals.models import ApprovalState, Version

MIN_VALUE, FIELD_CELLS = 8, 22
"""Cells of a value at least, and of a field's name at most."""

MAX_SHOWN = 6
"""Differences in the details; the record has all."""

NOTHING = "-"


def latest_changes(state: ApprovalState) -> Content:
    """Return what the current version changed, for the details; nothing of a first version."""
    changed = [version for version in state.versions if version.version == state.version - 1]
    if not changed:
        return Content("")
    (before,) = changed
    words = [_difference(each.field, each.before, each.after) for each in before.differences[:MAX_SHOWN]]
    if len(before.differences) > MAX_SHOWN:
        words.append(Tone.MUTED.styled(f"and {len(before.differences) - MAX_SHOWN} more: see its record"))
    nothing = Tone.MUTED.styled("nothing but the note") if before.note else Tone.MUTED.styled("nothing")
    note = Content.assemble('  "', plain(before.note, limit=200), '"') if before.note else ""
    title = f"What changed since version {before.version}"
    return section(title, *(Content.assemble("  ", word) for word in words or [nothing]), note)


def side_by_side(state: ApprovalState, width: int, now: datetime) -> Content:
    """Return all versions as columns of what changed, and below them who sent each back, why, and which votes fell."""
    if not state.versions:
        return Content("")
    numbers = [version.version for version in state.versions] + [state.version]
    columns = _columns(state.versions)
    room = max((width - FIELD_CELLS - 2 * len(numbers)) // len(numbers) - 1, MIN_VALUE)
    head = [Tone.MUTED.styled("field"), *(Content.styled(f"version {number}", "bold") for number in numbers)]
    rows = [[Tone.MUTED.styled(plain(name, limit=FIELD_CELLS)), *_values(columns[name], room)] for name in columns]
    said = [_returned(version, now, width) for version in state.versions]
    return section("Versions", grid([head, *rows], width=width), *said)


def _columns(versions: Sequence[Version]) -> dict[str, list[str | None]]:
    """Return the values of each field that changed, one for each version, the current one last."""
    names = dict.fromkeys(each.field for version in versions for each in version.differences)
    columns: dict[str, list[str | None]] = {}
    for name in names:
        steps = [next((each for each in version.differences if each.field == name), None) for version in versions]
        value = next(step.before for step in steps if step is not None)
        values = [value]
        for step in steps:
            value = value if step is None else step.after
            values.append(value)
        columns[name] = values
    return columns


def _values(values: Sequence[str | None], room: int) -> list[Content]:
    cells = []
    for number, value in enumerate(values):
        changed = number > 0 and value != values[number - 1]
        text = NOTHING if value is None else plain(value, limit=room)
        cells.append(Content.styled(text, "bold" if changed else Tone.MUTED.style))
    return cells


def _difference(field: str, before: str | None, after: str | None) -> Content:
    if before is None and after is None:
        return Content(plain(field))
    words = (plain(NOTHING if each is None else each, limit=40) for each in (before, after))
    old, new = words
    return Content.assemble(plain(field, limit=FIELD_CELLS), "  ", (old, Tone.MUTED.style), " → ", (new, "bold"))


def _returned(version: Version, now: datetime, width: int) -> Content:
    head = f"version {version.version} sent back by {plain(version.returned_by)}, {clock(version.at, now)}"
    why = Content(f'    "{plain(version.reason)}"').truncate(width, ellipsis=True)
    fell = [f"{plain(vote.approver)} on {plain(vote.level)}" for vote in version.votes]
    votes = Tone.MUTED.styled(f"    votes that fell: {', '.join(fell)}").truncate(width, ellipsis=True) if fell else ""
    return lines(Content.assemble("  ", head), why, votes)
