"""Reads a CSV file of rows of one model. A mistake is reported with its line, its column and what would be right."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Generic, TextIO, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

MAX_MISTAKES = 20
"""Mistakes of a file that are reported."""

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

UTF_8, UTF_16, WINDOWS = "utf-8-sig", "utf-16", "cp1252"
"""Encodings that are recognised: a spreadsheet program writes a byte-order mark before UTF-8, or all in UTF-16."""

ENCODING_WORDS = {UTF_16: "the file is in UTF-16", WINDOWS: "the file is not in UTF-8: it was read as Windows-1252"}

CHUNK = 1 << 20
"""Bytes."""

RowT = TypeVar("RowT")
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
class Columns:
    """The columns of a file."""

    fields: Sequence[str]
    """Names of all, in their order."""
    further: Sequence[bool]
    """Which are no fields of the model."""

    def cells(self, values: Sequence[str], rest: str | None) -> dict[str, Any]:
        """Return the cells of a row by field, with those of further columns in the field ``rest``."""
        each = list(zip(self.fields, values, self.further, strict=True))
        cells: dict[str, Any] = {name: value for name, value, more in each if not more}
        if rest:
            cells[rest] = {name: value for name, value, more in each if more}
        return cells


Quick = Callable[[list[str]], Any]
"""Returns the row of cells without oddities; None for others."""


@dataclass(frozen=True)
class Reading:
    """How the columns of a file are read."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Fields by the names of their columns, as `normal` has them."""
    rest: str | None = None
    """Field that takes all other columns; without one they are a mistake."""
    context: Mapping[str, str] = field(default_factory=dict)
    """What validators of the model may need to know."""
    complete: Callable[[dict[str, Any]], dict[str, Any]] = dict
    """Adds to the cells of a row what follows from them."""
    given: frozenset[str] = frozenset()
    """Fields that this adds, so that they need no column."""
    unsaid: Mapping[str, str] = field(default_factory=dict)
    """What to say to people where no column is a field."""
    made: Callable[[Any], Any] = lambda model: model
    """Makes the row of a valid model."""
    quick: "Callable[[Columns], Quick] | None" = None
    """Makes what reads rows without oddities faster than the model does."""

    def cells(self, columns: Columns, values: Sequence[str]) -> dict[str, Any]:
        """Return the cells of a row by field, and what follows from them."""
        return self.complete(dict.fromkeys(self.given, "") | columns.cells(values, self.rest))


@dataclass(frozen=True)
class CsvFile(Generic[RowT]):
    """A file whose columns are the fields of ``model``; those that are not required may be left out.

    ``key`` is the field that each row has for itself. Columns are separated by what the first line has most of.
    """

    path: Path
    model: type[BaseModel]
    key: str
    reading: Reading = Reading()

    @cached_property
    def encoding(self) -> str:
        """Which of the encodings that we know the file has."""
        return encoding_of(self.path)

    def recognised(self) -> list[str]:
        """Return what is not as the model has it, one line each.

        Raises:
            OSError: the file cannot be read.
        """
        try:
            with self._open() as file:
                delimiter = _delimiter(file)
                _, header = next(_cells(file, delimiter), (1, []))
        except (UnicodeDecodeError, csv.Error):
            return []
        said = [ENCODING_WORDS[self.encoding]] if self.encoding in ENCODING_WORDS else []
        said += [f"columns are separated by {SEPARATORS[delimiter]}"] if delimiter != "," else []
        fields = {column: self._field(column) for column in header}
        named = [f"{column} is {name}" for column, name in fields.items() if name and name != column]
        rest = [normal(column) for column, name in fields.items() if not name]
        read = [f"columns: {', '.join(named)}"] if named else []
        kept = [f"kept as attributes: {', '.join(rest)}"] if rest else []
        unsaid = [words for name, words in self.reading.unsaid.items() if name not in fields.values()]
        return [*said, *read, *kept, *unsaid]

    def columns(self) -> Columns:
        """Return the columns; none of a file that is broken.

        Raises:
            OSError: the file cannot be read.
        """
        try:
            with self._open() as file:
                _, header = next(_cells(file, _delimiter(file)), (1, []))
        except (UnicodeDecodeError, csv.Error):
            return Columns([], [])
        return self._columns(header)

    def check(self) -> int:
        """Read the whole file, and return how many rows it has.

        Raises:
            FileMistakesError: it has mistakes.
            OSError: it cannot be read.
        """
        mistakes: list[str] = []
        count = 0
        for _, row in self.all_rows():
            if isinstance(row, list):
                mistakes += row
            else:
                count += 1
            if len(mistakes) > MAX_MISTAKES:
                line = mistakes[MAX_MISTAKES].removeprefix("line ").partition(":")[0]
                mistakes[MAX_MISTAKES:] = [f"and more from line {line} on"]
                break
        if mistakes:
            raise FileMistakesError([f"{self.path}: {mistake}" for mistake in mistakes])
        return count

    def all_rows(self) -> Iterator[tuple[int, RowT | list[str]]]:
        """Return each row with its line, or what is wrong with it; the second row of a key is wrong.

        Raises:
            OSError: the file cannot be read.
        """
        lines: dict[str, int] = {}
        for line, row in self._rows():
            if not isinstance(row, list) and (first := lines.setdefault(key := getattr(row, self.key), line)) != line:
                yield line, [f"line {line}: {self.key} {key} is on line {first} already"]
            else:
                yield line, row

    def rows(self) -> Iterator[RowT]:
        """Return the rows, one at a time.

        Raises:
            FileMistakesError: at the first mistake.
        """
        return (row for _, row in self.numbered())

    def numbered(self) -> Iterator[tuple[int, RowT]]:
        """Return the same, each with the line where it begins."""
        for line, row in self._rows():
            if isinstance(row, list):
                raise FileMistakesError([f"{self.path}: {mistake}" for mistake in row])
            yield line, row

    def _rows(self) -> Iterator[tuple[int, RowT | list[str]]]:
        """Return each row with its line, or what is wrong with it. A file that is broken ends there."""
        line = 1
        try:
            with self._open() as file:
                cells = _cells(file, _delimiter(file))
                _, header = next(cells, (1, []))
                if wrong := self._wrong_columns(header):
                    yield 1, [wrong]
                    return
                columns = self._columns(header)
                quick = self.reading.quick(columns) if self.reading.quick else _nothing
                width = len(header)
                for line, values in cells:
                    row = quick(values) if len(values) == width else None
                    yield line, row or self._row(line, columns, values)
        except UnicodeDecodeError:
            yield line, [f"near line {line}: this is not UTF-8 text; save the file as CSV UTF-8"]
        except csv.Error as error:
            yield line, [f"after line {line}: this is not CSV: {error}"]

    def _wrong_columns(self, header: Sequence[str]) -> str | None:
        required = [name for name, each in self.model.model_fields.items() if each.is_required()]
        optional = [name for name in self.model.model_fields if name not in required and name != self.reading.rest]
        right = f"the first line must be {','.join([*required, *([] if self.reading.rest else optional)])}"
        names = self._columns(header).fields
        if not self.reading.rest and (unknown := [column for column in header if not self._field(column)]):
            return f"line 1: unknown column {unknown[0]!r}; {right}"
        if missing := [name for name in required if name not in {*names, *self.reading.given}]:
            return f"line 1: no column {missing[0]!r}; {right}"
        if len(names) > len(set(names)):
            return f"line 1: a column is there twice; {right}"
        return None

    def _row(self, line: int, columns: Columns, values: Sequence[str]) -> RowT | list[str]:
        if len(values) != len(columns.fields):
            counted = f"{len(values)} cells, but there are {len(columns.fields)} columns"
            return [f"line {line}: {counted}; quote a cell that has a comma"]
        cells = self.reading.cells(columns, values)
        try:
            model = self.model.model_validate(cells, context=self.reading.context)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            return [f"line {line}: {_mistake(detail)}" for detail in found]
        row: RowT = self.reading.made(model)
        return row

    def _columns(self, header: Sequence[str]) -> Columns:
        fields = [self._field(column) for column in header]
        names = [name or normal(column) for name, column in zip(fields, header, strict=True)]
        return Columns(names, [not name for name in fields])

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")

    def _field(self, column: str) -> str | None:
        """Return the field that a column is; None for a further one."""
        name = normal(column)
        name = self.reading.names.get(name, name)
        return name if name in self.model.model_fields and name != self.reading.rest else None


def encoding_of(path: Path) -> str:
    """Return which of the encodings that we know a file has; UTF-8 for one that has none of them.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return UTF_16
    return next((encoding for encoding in (UTF_8, WINDOWS) if _decodes(path, encoding)), UTF_8)


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


@cache
def normal(column: str) -> str:
    """Return a column's name as fields are called: ``First Name`` is ``first_name``."""
    return re.sub(r"\W+", "_", column.strip().lower()).strip("_")


def _delimiter(file: TextIO) -> str:
    """Return what separates the columns of the first line, and go back to the beginning."""
    line = file.readline()
    file.seek(0)
    return max(SEPARATORS, key=line.count)


def _cells(file: TextIO, delimiter: str) -> Iterator[CellsAt]:
    """Return the rows that have any text. A quoted cell may have line breaks, so a row can take several lines."""
    reader = csv.reader(file, strict=True, delimiter=delimiter)
    line = 1
    for values in reader:
        stripped = [value.strip() for value in values]
        if any(stripped):
            yield line, stripped
        line = reader.line_num + 1


def _nothing(_values: list[str]) -> None:
    """Read no row quickly."""


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
