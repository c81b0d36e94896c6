"""Baseline of an import: reads a CSV file, and inserts the same columns into the same tables, and nothing else.

``python -m tests.benchmarks.bare_import FILE.csv STORE.sqlite``: nothing is checked, merged or looked up.
"""

import csv
import json
import sqlite3
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

BATCH = 2_000
"""Rows in one transaction: as many as an import mostly has time for."""
FIELDS = 8
USERS = "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def main(file: Path, store: Path) -> None:
    """Insert the file."""
    database = sqlite3.connect(store, isolation_level=None)
    database.execute("PRAGMA cache_size = -65536")
    database.execute("PRAGMA synchronous = NORMAL")
    with file.open(newline="", encoding="utf-8") as lines:
        rows = csv.reader(lines)
        names = next(rows)[FIELDS:]
        while batch := list(islice(rows, BATCH)):
            members = [(name, row[0]) for row in batch for part in row[7].split(";") if (name := part.strip())]
            database.execute("BEGIN IMMEDIATE")
            database.executemany(USERS, [_user(row, names) for row in batch])
            database.executemany("INSERT OR IGNORE INTO segments VALUES (?)", {(name,) for name, _ in members})
            database.executemany("INSERT INTO segment_members VALUES (?, ?)", members)
            database.execute("COMMIT")
    database.close()


def _user(row: Sequence[str], names: Sequence[str]) -> Sequence[object]:
    attributes = json.dumps(dict(zip(names, row[FIELDS:], strict=True)))
    return (*row[:4], *(cell == "yes" for cell in row[4:7]), attributes, row[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
