"""Import of users from a CSV file."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from workers.store.csv_file import (
    MAX_MISTAKES,
    CsvFile,
    FileMistakesError,
    Reading,
    encoding_of,
    normal,
)
from workers.store.engine import Store
from workers.store.exports import reading_of, recognised
from workers.store.plain_rows import plain_rows
from workers.store.turns import NO_GAP, Gap, Turn, Turns
from workers.store.user_row import COUNTRY, TIMEZONE, UserCells, UserRow
from workers.store.user_writes import Merging, Upserted, add_merge_fields, compare_users, write_users

Numbered = tuple[int, "UserRow | list[str]"]
"""A row with its line, or what is wrong with it."""

CHUNK = 4_000
"""Rows that are read and compared at once, while others write."""


@dataclass(frozen=True)
class Options:
    """How a file is read."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Fields by the names of their columns."""
    preset: str | None = None
    country: str | None = None
    """Of telephone numbers without a country code."""
    resubscribe: bool = False
    """Whether consent that was withdrawn comes back where the file says yes."""
    strict: bool = False
    """Whether one mistake is enough to import nobody."""
    timezone: str | None = None
    """Of new users without one; exports of mailing tools mostly have none, and get UTC."""

    def file(self, path: Path) -> CsvFile[UserRow]:
        """Return the file, to be read so.

        Raises:
            OSError: it cannot be read.
        """
        preset = self.preset or self._recognised(path)
        base = reading_of(preset, path.name) if preset else Reading()
        names = {**base.names, **{normal(column): name for column, name in self.names.items()}}
        zone = self.timezone or (NO_ZONE if preset else None)
        context = {key: value for key, value in ((COUNTRY, self.country), (TIMEZONE, zone)) if value}
        given = base.given | ({"timezone"} if self.timezone else set())
        reading = replace(base, names=names, rest="attributes", context=context, given=given, made=UserCells.row)
        return CsvFile(path, UserCells, "user_id", replace(reading, quick=plain_rows(reading)))

    def _recognised(self, path: Path) -> str | None:
        with path.open(encoding=encoding_of(path), errors="replace") as file:
            return recognised(file.readline())


NO_ZONE = "UTC"
TURN = Turn()
DEFAULTS = Options()


def check_users(path: Path, options: Options = DEFAULTS) -> int:
    """Read the whole file, and return how many users it has.

    Raises:
        FileMistakesError: it has mistakes.
        OSError: it cannot be read.
    """
    return options.file(path).check()


@dataclass
class Imported:
    """What an import did."""

    count: int = 0
    """Users of the file who were imported."""
    upserted: Upserted = field(default_factory=Upserted)
    recognised: Sequence[str] = ()
    """What was read otherwise than by the names of the columns; one line each."""
    mistakes: list[str] = field(default_factory=list)
    """What is wrong with rows that were not imported; one line each."""


async def import_users(
    store: Store,
    path: Path,
    options: Options = DEFAULTS,
    *,
    turn: Turn = TURN,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Add the users of the file, and change known ones: those of good rows, or with ``strict`` all or none.

    Each transaction is a ``turn``, between which others write. ``progress`` hears how many are read.

    Raises:
        FileMistakesError: the file has mistakes, and nobody is imported.
        StoreError: the store cannot be used. Those before are imported; the same file again changes nothing of them.
        OSError: the file cannot be read.
    """
    file = await asyncio.to_thread(options.file, path)
    rows = file.all_rows()
    if options.strict:
        rows = iter(await asyncio.to_thread(_all_good, path, rows))
    merging = Merging(file.reading.context.get(TIMEZONE, ""), options.resubscribe)
    imported = Imported()
    async with store.bulk() as bulk:
        writer = _Writer(bulk, merging, await asyncio.to_thread(_attributes, file), turn)
        while chunk := await asyncio.to_thread(_next, rows):
            good = [row for _, row in chunk if not isinstance(row, list)]
            imported.mistakes += [mistake for _, row in chunk if isinstance(row, list) for mistake in row]
            progress(len(chunk) - len(good))
            imported.upserted += await writer.write(good, progress)
            imported.count += len(good)
    if imported.mistakes and not imported.count:
        raise FileMistakesError([f"{path}: {mistake}" for mistake in imported.mistakes[:MAX_MISTAKES]])
    imported.recognised = await asyncio.to_thread(file.recognised)
    return imported


class _Writer:
    """Writes users in short transactions, between which others write."""

    def __init__(self, store: Store, merging: Merging, attributes: Sequence[str], turn: Turn) -> None:
        self._store = store
        self._merging = merging
        self._attributes = attributes
        self._turn = turn
        self._turns = Turns(Gap() if store.is_sqlite else NO_GAP)

    async def write(self, rows: Sequence[UserRow], progress: Callable[[int], None]) -> Upserted:
        compared = await self._store.read(compare_users, rows, self._merging)
        progress(compared.same)
        done = compared.upserted
        for those, new in ((compared.new, True), (compared.changed, False)):
            left = those
            while left:
                await self._turns.begin()
                upserted = await self._store.write(self._write, left, new)
                self._turns.end()
                progress(upserted.written)
                left, done = left[upserted.written :], done + upserted
        return done

    def _write(self, connection: Connection, rows: Sequence[UserRow], new: bool) -> Upserted:  # noqa: FBT001 - given by position
        """Write as many as there is time for."""
        add_merge_fields(connection, self._attributes)
        return write_users(connection, self._turn.parts(rows), self._merging, new=new)


def _attributes(file: CsvFile[UserRow]) -> Sequence[str]:
    columns = file.columns()
    return [name for name, more in zip(columns.fields, columns.further, strict=True) if more or name == COUNTRY]


def _all_good(path: Path, rows: Iterator[Numbered]) -> list[Numbered]:
    """Read all rows before one is written. Raises ``FileMistakesError`` if one is wrong."""
    read = list(rows)
    mistakes = [f"{path}: {mistake}" for _, row in read if isinstance(row, list) for mistake in row]
    if mistakes:
        more = [f"{path}: and {len(mistakes) - MAX_MISTAKES} more"] if len(mistakes) > MAX_MISTAKES else []
        raise FileMistakesError([*mistakes[:MAX_MISTAKES], *more])
    return read


def _next(rows: Iterator[Numbered]) -> list[Numbered]:
    return list(islice(rows, CHUNK))


def read_users(path: Path, options: Options = DEFAULTS) -> Iterator[UserRow]:
    """Return the users of a file, one at a time.

    Raises:
        FileMistakesError: at the first mistake.
    """
    return options.file(path).rows()
