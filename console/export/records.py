"""The rows of a list as data: CSV for a spreadsheet, JSON for programs."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from console.gateway.rows import Row
from workflows.shared.csv_cells import as_cell
from workflows.shared.money import decimals


class Format(StrEnum):
    """Formats of a file, by the ends of their names."""

    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"


class RowRecord(BaseModel):
    """One row, with the fields of the command's ``list``. ``amount`` is in minor units of ``currency``."""

    id: str
    workflow_id: str
    run_id: str
    title: str
    stage: str | None
    owner: str
    amount: int | None
    due_at: datetime | None
    attention: str | None
    since: datetime | None
    closed: bool
    currency: str | None

    @classmethod
    def of(cls, row: Row) -> "RowRecord":
        """Return the record of a row; a run that was ended from outside is in no stage, and needs attention."""
        return cls(
            id=row.business_id,
            workflow_id=row.key.workflow_id,
            run_id=row.key.run_id,
            title=row.title,
            stage=row.current_stage,
            owner=row.owner,
            amount=row.amount,
            due_at=row.due_at,
            attention=row.attention or row.broken,
            since=row.stage_since,
            closed=row.closed,
            currency=row.currency,
        )


def parts(rows: Iterable[Row], wanted: Format) -> Iterator[str]:
    """Yield the text of a file with ``rows``, a row at a time."""
    records = map(RowRecord.of, rows)
    match wanted:
        case Format.CSV:
            yield from _csv(records)
        case Format.JSON_LINES:
            yield from (f"{record.model_dump_json()}\n" for record in records)
        case Format.JSON:
            separator = "[\n"
            for record in records:
                yield f"{separator}  {record.model_dump_json()}"
                separator = ",\n"
            yield "\n]\n" if separator.startswith(",") else "[]\n"


def _csv(records: Iterable[RowRecord]) -> Iterator[str]:
    names = list(RowRecord.model_fields)
    yield _line(names)
    for record in records:
        values = {**record.model_dump(mode="json"), "amount": _decimal(record)}
        yield _line(["" if (value := values[name]) is None else value for name in names])


def _line(values: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(
        value if isinstance(value, _Figure) else as_cell(value) for value in values
    )
    return out.getvalue()


class _Figure(str):
    """A number that we have written: a minus before it begins no formula."""

    __slots__ = ()


def _decimal(record: RowRecord) -> _Figure | int | None:
    """Return the amount with its decimals, as a spreadsheet takes it for a number."""
    if record.amount is None or not record.currency:
        return record.amount
    places = decimals(record.currency)
    whole, rest = divmod(abs(record.amount), 10**places)
    return _Figure(f"{'-' if record.amount < 0 else ''}{whole}" + (f".{rest:0{places}}" if places else ""))
