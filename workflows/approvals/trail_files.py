"""The audit trail as a file: JSON Lines, which can be verified offline, and CSV for a spreadsheet."""

import csv
import io
import json

from pydantic import ConfigDict, ValidationError

from workflows.approvals.models import AuditEntry, AuditTrail
from workflows.shared.inputs import one_line

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, the full-width signs too:
https://owasp.org/www-community/attacks/CSV_Injection"""


class TrailLine(AuditEntry):
    """One line of a file: an entry, and the request that it is of; nothing else, which no hash would cover."""

    model_config = ConfigDict(extra="forbid")

    request_id: str


class UnreadableTrailError(ValueError):
    """A file is no audit trail. The text says which line, and why."""


def to_json_lines(trail: AuditTrail) -> str:
    """Return a line for each entry, in order, with everything that its hash covers."""
    lines = (TrailLine(request_id=trail.request_id, **entry.model_dump()) for entry in trail.entries)
    return "".join(f"{line.model_dump_json()}\n" for line in lines)


def from_json_lines(text: str) -> AuditTrail:
    """Return the trail that was written with :func:`to_json_lines`; whether it is whole, `audit.broken_at` tells.

    Raises:
        UnreadableTrailError: it has no entry, a line is no entry, or is of another request.
    """
    entries: list[TrailLine] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = TrailLine.model_validate_json(line)
            json.loads(line, object_pairs_hook=_each_once)
        except ValidationError as error:
            raise UnreadableTrailError(f"line {number} is no entry of an audit trail: {one_line(error)}") from None
        except ValueError as error:
            raise UnreadableTrailError(f"line {number} is no entry of an audit trail: {error}") from None
        if entries and entry.request_id != entries[0].request_id:
            words = f"line {number} is of request {entry.request_id}, and the first of {entries[0].request_id}"
            raise UnreadableTrailError(f"{words}; give one request's file")
        entries.append(entry)
    if not entries:
        raise UnreadableTrailError("it is empty; a trail has at least its first entry")
    kept = [AuditEntry(**entry.model_dump(exclude={"request_id"})) for entry in entries]
    return AuditTrail(request_id=entries[0].request_id, entries=kept)


def _each_once(fields: list[tuple[str, object]]) -> None:
    """Refuse a field that is there twice: another reader would show the one that was not verified."""
    names = [name for name, _ in fields]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is there twice")


def to_csv(trail: AuditTrail) -> str:
    """Return a table with a row for each entry; no cell of it is a formula."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    names = list(TrailLine.model_fields)
    table.writerow(names)
    for entry in trail.entries:
        line = TrailLine(request_id=trail.request_id, **entry.model_dump()).model_dump(mode="json")
        table.writerow([as_cell(line[name]) for name in names])
    return out.getvalue()


def as_cell(value: object) -> str:
    """Return a value as the text of a cell; what would be a formula gets an apostrophe in front."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
