"""The journal as text, JSON, JSON Lines and CSV."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from console.design.text import plain
from console.journal.entry import NAMES, Entry
from workflows.shared.csv_cells import as_cell
from workflows.shared.json_text import json_text

KINDS = ("jsonl", "csv")
"""Kinds of files, by their suffix."""


def as_values(entry: Entry) -> Mapping[str, object]:
    """Return an entry as JSON values; times are RFC 3339 in UTC."""
    return {name: _value(value) for name, value in entry.values.items()}


def to_json(entries: Iterable[Entry]) -> str:
    """Return a JSON list."""
    return json_text([as_values(entry) for entry in entries], indent=2)


def to_json_lines(entries: Iterable[Entry]) -> list[str]:
    """Return an object a line."""
    return [json_text(as_values(entry)) for entry in entries]


def to_csv(entries: Iterable[Entry]) -> str:
    """Return a table with a row for each entry; no cell of it is a formula."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(NAMES)
    for entry in entries:
        values = as_values(entry)
        table.writerow([as_cell("" if values[name] is None else values[name]) for name in NAMES])
    return out.getvalue()


def to_text(entries: Sequence[Entry]) -> list[str]:
    """Return a line for each entry, with local times."""
    return [_line(entry) for entry in entries]


def _line(entry: Entry) -> str:
    at = f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}"
    why = f" ({plain(entry.reason)})" if entry.reason else ""
    event = f" [event {entry.event_id}]" if entry.event_id else ""
    answer = f": {plain(entry.answer)}" if entry.answer else ""
    what = f"{entry.title[:1].lower()}{entry.title[1:]} {entry.target}{why}"
    return f"{at}  {entry.outcome:<8}  {plain(entry.by)}  {plain(what)}{answer}{event}"


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
