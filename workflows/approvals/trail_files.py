"""The audit trail as a file: JSON Lines, which can be verified offline, and CSV for a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator

from pydantic import ConfigDict, ValidationError

from workflows.approvals.audit import Log
from workflows.approvals.models import AuditEntry, AuditTrail
from workflows.shared.csv_cells import as_cell
from workflows.shared.inputs import one_line


class TrailLine(AuditEntry):
    """One line of a file: an entry, its request and its chain; nothing else, which no hash would cover."""

    model_config = ConfigDict(extra="forbid")

    request_id: str
    log: Log = "trail"
    """``attempts`` for a refused attempt beside the trail."""


class UnreadableTrailError(ValueError):
    """A file is no audit trail. The text says which line, and why."""


def to_json_lines(trail: AuditTrail) -> str:
    """Return a line for each entry, in order, with everything that its hash covers; the attempts come last."""
    return "".join(f"{line.model_dump_json()}\n" for line in _lines(trail))


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
    return AuditTrail(
        request_id=entries[0].request_id, entries=_of_log(entries, "trail"), attempts=_of_log(entries, "attempts")
    )


def _lines(trail: AuditTrail) -> Iterator[TrailLine]:
    logs: tuple[tuple[Log, list[AuditEntry]], ...] = (("trail", trail.entries), ("attempts", trail.attempts))
    for log, entries in logs:
        for entry in entries:
            yield TrailLine(request_id=trail.request_id, log=log, **entry.model_dump())


def _of_log(lines: list[TrailLine], log: Log) -> list[AuditEntry]:
    return [AuditEntry(**line.model_dump(exclude={"request_id", "log"})) for line in lines if line.log == log]


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
    for line in _lines(trail):
        values = line.model_dump(mode="json")
        table.writerow([as_cell(values[name]) for name in names])
    return out.getvalue()
