"""The hand-over report of a shift, in Markdown: what was done, and what waits now."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from console.design.text import plain
from console.design.times import in_local_time, zone_words
from console.inbox.columns import due
from console.inbox.judging import Item, by_cause
from console.inbox.reader import InboxSnapshot
from console.journal.entry import Entry, Outcome
from workflows.shared.counts import number_of
from workflows.shared.money import format_money

MARKUP = re.compile(r"([\\`*_\[\]<>|#~&!])")
"""What Markdown does not take as text."""

DEFAULT_SHIFT = "8h"

OPEN = frozenset((Outcome.SENT, Outcome.UNKNOWN))
"""Outcomes that the next shift must look into."""


def report(
    entries: Sequence[Entry], inbox: InboxSnapshot | str, operator: str, since: datetime | None, now: datetime
) -> str:
    """Return the report on the journal's ``entries``, newest first, and on the inbox, or why that cannot be read."""
    begin = f"since {_moment(since)}" if since is not None else "since the journal began"
    parts = [
        f"# Hand-over by {text(operator)}, {_moment(now)}",
        f"Of what was done {begin}, and of what waits now. Times are in {zone_words(now)}.",
        *_done([entry.known_at(now) for entry in reversed(entries)]),
        *(_waits(inbox, now) if isinstance(inbox, InboxSnapshot) else [f"## What waits\n\nNot known: {text(inbox)}"]),
    ]
    return "\n\n".join(parts) + "\n"


def text(words: str) -> str:
    """Return words from outside as Markdown that shows just them, on one line."""
    return MARKUP.sub(r"\\\1", plain(words))


def _done(entries: Sequence[Entry]) -> Iterator[str]:
    yield f"## What was done: {number_of(len(entries), 'action')}"
    if not entries:
        yield "Nothing was done from here."
        return
    counts = Counter(entry.outcome for entry in entries)
    yield ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]) + "."
    if unclear := [entry for entry in entries if entry.outcome in OPEN]:
        yield "**To be looked into, since no answer is known:**"
        yield "\n".join(f"- {text(entry.title)} {text(entry.target)}, {_moment(entry.at)}" for entry in unclear)
    yield _table(("when", "who", "what", "on which", "why", "outcome", "answer"), map(_entry, entries))


def _entry(entry: Entry) -> Sequence[str]:
    answer = in_local_time(entry.answer)
    return (_moment(entry.at), entry.by, entry.title, entry.target, entry.reason, entry.outcome, answer)


def _waits(inbox: InboxSnapshot, now: datetime) -> Iterator[str]:
    more = " and more" if not inbox.complete else ""
    waiting = [item for item in inbox.items if item.cause is None]
    yield f"## What waits for a person: {len(waiting)}{more}"
    names = ("due", "what", "about", "who", "amount", "why")
    yield _table(names, (_item(item, now) for item in waiting)) if waiting else "Nothing waits for a person."
    stuck = by_cause(inbox.items)
    count = sum(map(len, stuck.values()))
    yield f"## What is stuck: {count}{more}"
    if not count:
        yield "Nothing is stuck."
    for cause, items in stuck.items():
        yield f"### {cause.value}: {len(items)}"
        yield _table(names, (_item(item, now) for item in items))


def _item(item: Item, now: datetime) -> Sequence[str]:
    row = item.row
    amount = format_money(row.amount, row.currency) if row.amount is not None and row.currency else ""
    return (due(item, now).text, row.business_id, row.title, row.owner, amount, item.why)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *([text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
