"""Answers kept by ``Idempotency-Key``: the same key and body get the same answer, also after a restart."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from console.api.problems import ProblemError

NAME = "api.sqlite"
"""Of the file, in the data folder."""
HEADER = "Idempotency-Key"
MAX_KEY = 255
"""Characters."""
KEEP = timedelta(days=7)
BUSY_SECONDS = 5.0
UNDER_WAY = timedelta(seconds=60)
"""After so long an answer that never came is asked for anew: its process has died. The call's ID is still the same."""

TABLE = """
CREATE TABLE IF NOT EXISTS answer (
    call_id TEXT PRIMARY KEY, body TEXT NOT NULL, at TEXT NOT NULL,
    status INTEGER, content BLOB, location TEXT
) WITHOUT ROWID
"""


class KeptAnswer(NamedTuple):
    """An answer as it was sent."""

    status: int
    content: bytes
    location: str | None


def call_id_of(operator: str, path: str, key: str) -> str:
    """Return the ID of a call: workflows take those of one ID once."""
    if not key.strip() or len(key) > MAX_KEY or not key.isprintable():
        raise ProblemError(400, f"{HEADER} must be 1 to {MAX_KEY} visible characters")
    return "api-" + sha256("\0".join((operator, path, key)).encode()).hexdigest()[:40]


class KeptAnswers:
    """The answers, in a file that several processes share. Its methods block for some milliseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(TABLE)

    def begin(self, call_id: str, body: bytes) -> KeptAnswer | None:
        """Note that a call is under way; return its answer if it has been made.

        Raises:
            ProblemError: the key was used with another body, or another process is making the call.
        """
        now, digest = datetime.now(UTC), sha256(body).hexdigest()
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM answer WHERE at < ?", ((now - KEEP).isoformat(),))
            found = connection.execute(
                "SELECT body, at, status, content, location FROM answer WHERE call_id = ?", (call_id,)
            ).fetchone()
            if found is None or (found[2] is None and found[0] == digest and _died(found[1], now)):
                connection.execute(
                    "INSERT OR REPLACE INTO answer (call_id, body, at) VALUES (?, ?, ?)",
                    (call_id, digest, now.isoformat()),
                )
                return None
        if found[0] != digest:
            raise ProblemError(409, f"this {HEADER} was used with another body; use a new one", kind="KeyReused")
        if found[2] is None:
            words = f"a request with this {HEADER} is under way; ask again"
            raise ProblemError(409, words, kind="UnderWay", headers={"Retry-After": "1"})
        return KeptAnswer(found[2], found[3], found[4])

    def end(self, call_id: str, answer: KeptAnswer | None) -> None:
        """Keep the answer of a call; None forgets it, so that it may be made again."""
        with self._open() as connection:
            if answer is None:
                connection.execute("DELETE FROM answer WHERE call_id = ? AND status IS NULL", (call_id,))
            else:
                connection.execute(
                    "UPDATE answer SET status = ?, content = ?, location = ? WHERE call_id = ?", (*answer, call_id)
                )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            try:
                yield connection
                if connection.in_transaction:
                    connection.commit()
            except BaseException:
                if connection.in_transaction:
                    connection.rollback()
                raise


def _died(at: str, now: datetime) -> bool:
    return datetime.fromisoformat(at) < now - UNDER_WAY
