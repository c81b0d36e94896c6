"""Reads a CSV file of rows of one model. A mistake is reported with its line, its column and what would be right."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TextIO, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

MAX_MISTAKES = 20
"""Mistakes of a file that are reported."""

RowT = TypeVar("RowT", bound=BaseModel)
CellsAt = tuple[int, list[str]]
"""A line of the file, counted from 1, and the cells of the row that starts there."""


class FileMistakesError(Exception):
    """The file cannot be imported; each of ``mistakes`` is one line for people."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def split_names(value: str) -> list[str]:
    """Return the names in a cell, which are separated by semicolons."""
    return [name for part in value.split(";") if (name := part.strip())]


@dataclass(frozen=True)
class CsvFile(Generic[RowT]):
    """A file whose columns are the fields of ``model``; those that are not required may be left out.

    ``key`` is the field that each row has for itself.
    """

    path: Path
    model: type[RowT]
    key: str

    def check(self) -> int:
        """Read the whole file, and return how many rows it has.

        Raises:
            FileMistakesError: it has mistakes.
            OSError: it cannot be read.
        """
        mistakes: list[str] = []
        lines: dict[str, int] = {}
        for line, row in self._rows():
            if isinstance(row, list):
                mistakes += row
            elif (first := lines.setdefault(key := getattr(row, self.key), line)) != line:
                mistakes.append(f"line {line}: {self.key} {key} is on line {first} already")
            if len(mistakes) > MAX_MISTAKES:
                mistakes[MAX_MISTAKES:] = [f"and more from line {line} on"]
                break
        if mistakes:
            raise FileMistakesError([f"{self.path}: {mistake}" for mistake in mistakes])
        return len(lines)

    def rows(self) -> Iterator[RowT]:
        """Return the rows, one at a time.

        Raises:
            FileMistakesError: at the first mistake.
        """
        for _, row in self._rows():
            if isinstance(row, list):
                raise FileMistakesError([f"{self.path}: {mistake}" for mistake in row])
            yield row

    def _rows(self) -> Iterator[tuple[int, RowT | list[str]]]:
        """Return each row with its line, or what is wrong with it. A file that is broken ends there."""
        line = 1
        try:
            # A spreadsheet program writes a byte-order mark before UTF-8.
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                cells = _cells(file)
                _, header = next(cells, (1, []))
                if wrong := self._wrong_columns(header):
                    yield 1, [wrong]
                    return
                for line, values in cells:
                    yield line, self._row(line, header, values)
        except UnicodeDecodeError:
            yield line, [f"near line {line}: this is not UTF-8 text; save the file as CSV UTF-8"]
        except csv.Error as error:
            yield line, [f"after line {line}: this is not CSV: {error}"]

    def _wrong_columns(self, header: Sequence[str]) -> str | None:
        columns = list(self.model.model_fields)
        right = f"the first line must be {','.join(columns)}"
        if unknown := [name for name in header if name not in columns]:
            return f"line 1: unknown column {unknown[0]!r}; {right}"
        fields = self.model.model_fields.items()
        if missing := [name for name, field in fields if field.is_required() and name not in header]:
            return f"line 1: no column {missing[0]!r}; {right}"
        if len(header) > len(set(header)):
            return f"line 1: a column is there twice; {right}"
        return None

    def _row(self, line: int, header: Sequence[str], values: Sequence[str]) -> RowT | list[str]:
        if len(values) != len(header):
            return [
                f"line {line}: {len(values)} cells, but there are {len(header)} columns; quote a cell that has a comma"
            ]
        try:
            return self.model.model_validate(dict(zip(header, values, strict=True)))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            return [f"line {line}: {_mistake(detail)}" for detail in found]


def _cells(file: TextIO) -> Iterator[CellsAt]:
    """Return the rows that have any text. A quoted cell may have line breaks, so a row can take several lines."""
    reader = csv.reader(file, strict=True)
    line = 1
    for values in reader:
        if any(value.strip() for value in values):
            yield line, [value.strip() for value in values]
        line = reader.line_num + 1


def _mistake(detail: ErrorDetails) -> str:
    text = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return text
    text = PLAINER.get(detail["type"], text)
    given = "" if repr(detail["input"]) in text else f"{detail['input']!r}: "
    return f"{detail['loc'][0]}: {given}{text}"


PLAINER = {
    "string_too_short": "this must not be empty",
}
"""Plainer words for pydantic's messages."""
