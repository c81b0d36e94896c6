"""The lines of a person's screen: what is open, with its stage, and then what happened, newest first. Pure rules."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from console.customer.sources import PersonItem
from console.design.times import dated_clock, due
from console.design.tone import Tone
from console.gateway.rows import CLOSE_WORDS, Row, RowKey
from console.model import Stage, unknown_stage
from console.systems.person import PersonEntry
from workflows.shared.money import format_money

AT_ONCE = timedelta(seconds=2)
"""What enters its stage so soon after its start gets one line."""


@dataclass(frozen=True)
class Line:
    """One line. ``item`` is what it is about, ``tab`` and ``business_id`` where that is opened, if it can be."""

    when: str
    symbol: str = ""
    tone: Tone = Tone.PLAIN
    item: str = ""
    words: str = ""
    money: str = ""
    about: str = ""
    tab: str = ""
    business_id: str = ""
    heading: bool = False
    key: str = ""
    """The same for the same line, whatever the clock says."""
    run: RowKey | None = None
    """The run that it is about, if it is about one."""


def lines_of(
    items: Sequence[PersonItem], entries: Sequence[PersonEntry], missing_before: datetime | None, now: datetime
) -> list[Line]:
    """Return all lines; of what happened before ``missing_before`` some may not have been read."""
    open_items = sorted((item for item in items if not item.row.closed), key=_urgency)
    lines = [_heading(f"Open now · {len(open_items):,}")] if open_items else []
    lines += [_open(item, now) for item in open_items]
    lines.append(_heading("Timeline · newest first"))
    happened = [entry for item in items for entry in _of_item(item)]
    happened += [(entry.at, _of_entry(entry)) for entry in entries]
    happened.sort(key=lambda pair: pair[0], reverse=True)
    said = missing_before is None
    for at, line in happened:
        if not said and missing_before is not None and at < missing_before:
            lines.append(_heading("from here on some may be missing: not all is read"))
            said = True
        lines.append(_timed(line, at, now))
    if not said:
        lines.append(_heading("older ones are not read yet"))
    return lines


def missing_before(moments: Sequence[datetime | None]) -> datetime | None:
    """Return before when something may be missing where each source says it of itself."""
    return max((moment for moment in moments if moment is not None), default=None)


def totals(items: Sequence[PersonItem]) -> list[tuple[str, str]]:
    """Return for each type of workflow how many there are in which stage, and their money in each currency."""
    kinds = {item.kind.name: item.kind for item in items}
    found = []
    for kind in kinds.values():
        rows = [item.row for item in items if item.kind is kind]
        stages = Counter(_state(PersonItem(row, kind, kind))[2] for row in rows)
        parts = []
        for words, count in stages.most_common():
            among = [row for row in rows if _state(PersonItem(row, kind, kind))[2] == words]
            parts.append(" ".join(filter(None, (f"{count:,} {words}", _sum(among)))))
        found.append((f"{kind.noun}s", f"{len(rows):,}: {' · '.join(parts)}"))
    return found


def _sum(rows: Sequence[Row]) -> str:
    """Return the money of some rows, each currency by itself."""
    sums = Counter[str]()
    for row in rows:
        if row.amount is not None and row.currency:
            sums[row.currency] += row.amount
    return " + ".join(format_money(amount, currency) for currency, amount in sorted(sums.items()))


def _urgency(item: PersonItem) -> tuple[datetime, datetime]:
    row = item.row
    return row.due_at or datetime.max.replace(tzinfo=UTC), row.stage_since or row.started_at


def _stage(item: PersonItem) -> Stage:
    name = item.row.stage or ""
    return next((stage for stage in item.kind.stages if stage.name == name), None) or unknown_stage(name or "…")


def _state(item: PersonItem) -> tuple[str, Tone, str]:
    """Return the symbol, tone and words of what a workflow is now."""
    row, stage = item.row, _stage(item)
    if row.broken:
        return "▲", Tone.HUMAN, CLOSE_WORDS.get(row.broken, row.broken)
    if row.paused:
        return "▲", Tone.HUMAN, f"{stage.label}, paused in Temporal"
    return stage.symbol, stage.tone, stage.label


def _open(item: PersonItem, now: datetime) -> Line:
    return replace(_of_row(item, *_why(item)), when=due(item.row.due_at, now), key=f"{item.row.key.workflow_id} open")


def _why(item: PersonItem) -> tuple[str, Tone, str]:
    """Return the same, with why a person must look."""
    symbol, tone, words = _state(item)
    if item.row.closed or not item.row.attention:
        return symbol, tone, words
    why = item.kind.why.get(item.row.attention)
    return "▲", Tone.HUMAN, f"{words}: {why.words if why else item.row.attention.replace('_', ' ')}"


def _of_row(item: PersonItem, symbol: str, tone: Tone, words: str) -> Line:
    row = item.row
    money = format_money(row.amount, row.currency) if row.amount is not None and row.currency else ""
    about = item.kind.person.about(row) if item.kind.person is not None else f"{row.owner} · {row.note}".strip(" ·")
    tab = item.kind.name if item.kind is item.tab or item.kind.list_key else ""
    key = f"{row.key.workflow_id} {words}"
    return Line("", symbol, tone, row.business_id, words, money, about, tab, row.business_id, key=key, run=row.key)


def _of_item(item: PersonItem) -> Iterator[tuple[datetime, Line]]:
    """Yield the start of a workflow, and its latest stage where it has entered that later."""
    row = item.row
    now_at = (row.closed_at if row.broken else row.stage_since) or row.closed_at or row.started_at
    if now_at - row.started_at > AT_ONCE:
        yield now_at, _of_row(item, *_why(item))
        yield row.started_at, _of_row(item, "○", Tone.MUTED, f"{item.kind.noun} started")
    else:
        yield row.started_at, _of_row(item, *_why(item))


def _of_entry(entry: PersonEntry) -> Line:
    key = f"{entry.at} {entry.item}"
    return Line("", entry.symbol, entry.tone, entry.item, entry.words, "", "", entry.tab, entry.item, key=key)


def _timed(line: Line, at: datetime, now: datetime) -> Line:
    return replace(line, when=dated_clock(at, now))


def _heading(words: str) -> Line:
    return Line("", words=words, heading=True, key=words)
